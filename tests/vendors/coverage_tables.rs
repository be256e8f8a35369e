//! Checks `coverage.md`: each item of a vendor's documentation has a row, and each test that
//! a row names exists.

use std::fs;

/// The items of a vendor's documentation.
struct Vendor {
    /// The title of the table.
    title: &'static str,
    /// The folder of the tests and of the samples.
    folder: &'static str,
    operations: &'static [&'static str],
    /// Fields, enum names and parameters.
    words: &'static str,
    statuses: &'static [&'static str],
}

const VENDORS: [Vendor; 4] = [
    Vendor {
        title: "SpaceONE",
        folder: "spaceone",
        operations: &[
            "POST /monitoring/v1/maintenance-windows",
            "PUT /monitoring/v1/maintenance-window/{maintenance_window_id}",
            "PUT /monitoring/v1/maintenance-window/{maintenance_window_id}/close",
            "GET /monitoring/v1/maintenance-window/{maintenance_window_id}",
            "GET /monitoring/v1/maintenance-windows",
            "POST /monitoring/v1/maintenance-windows/search",
            "POST /monitoring/v1/maintenance-windows/stat",
            "CreateMaintenanceWindowRequest",
            "UpdateMaintenanceWindowRequest",
            "MaintenanceWindowRequest",
            "GetMaintenanceWindowRequest",
            "MaintenanceWindowQuery",
            "MaintenanceWindowStatQuery",
            "MaintenanceWindowInfo",
            "MaintenanceWindowsInfo",
        ],
        words: "
            create update close get list stat title projects start_time end_time tags domain_id
            maintenance_window_id only state NONE OPEN CLOSED created_by created_at updated_at
            closed_at query project_id results total_count filter filter_or keyword k v o key
            value operator sort desc page start limit minimal count_only eq not lt lte gt gte
            exists contain not_contain in not_in contain_in not_contain_in regex regex_in
            datetime_lt datetime_lte datetime_gt datetime_gte aggregate unwind group keys fields
            count project skip distinct sum average max min first last push add_to_set
            ERROR_CLOSED_MAINTENANCE_WINDOW",
        statuses: &["200", "400", "404"],
    },
    Vendor {
        title: "Cloud Manager, Ops Manager",
        folder: "opsmanager",
        operations: &[
            "GET /api/public/v1.0/groups/GROUP-ID/maintenanceWindows",
            "GET /api/public/v1.0/groups/GROUP-ID/maintenanceWindows/WINDOW-ID",
            "POST /api/public/v1.0/groups/GROUP-ID/maintenanceWindows",
            "PATCH /api/public/v1.0/groups/GROUP-ID/maintenanceWindows/WINDOW-ID",
            "DELETE /api/public/v1.0/groups/GROUP-ID/maintenanceWindows/WINDOW-ID",
            "POST /groups/{PROJECT-ID}/maintenanceWindows/",
        ],
        words: "
            alertTypeNames startDate endDate description id groupId created updated links self
            group results totalCount Location HOST REPLICA_SET CLUSTER AGENT BACKUP pretty
            envelope status content",
        statuses: &["200 OK", "200 Created", "201 OK", "401 Unauthorized", "400", "404"],
    },
    Vendor {
        title: "Virtana",
        folder: "virtana",
        operations: &[
            "POST /v1/modelcontext/maintwindows",
            "POST /v1/modelcontext/maintwindows:list",
            "POST /v1/modelcontext/maintwindows:search",
            "POST /v1/modelcontext/maintwindows:deleteBulk",
        ],
        words: "
            specification schedule start duration recurrence skipNext maintenanceState exitState
            runMode AUTO MANUAL status state ENABLED DISABLED name overrideExitState force
            description doNotPropagateToChildren withIds with_ids ids query clause and or not
            clauses filter field value operation options in values coreProperties.name schemaIds
            OP_EQUALS OP_CONTAINS OP_NOT_EQUALS OP_STARTS_WITH OP_ENDS_WITH OP_REGEX run_mode
            owner tags notification message rules id tenant createTime updateTime createdBy
            updatedBy deleted type timeRange page_input limit cursor search_input maintWindows
            pageInfo startCursor endCursor count totalCount hasNext hasPrev pending",
        statuses: &["200", "400", "404", "500"],
    },
    Vendor {
        title: "Uptrends",
        folder: "uptrends",
        operations: &[
            "GET Monitor/{monitorGuid}/MaintenancePeriod",
            "POST Monitor/{monitorGuid}/MaintenancePeriod",
            "PUT Monitor/{monitorGuid}/MaintenancePeriod/{maintenancePeriodId}",
            "DELETE Monitor/{monitorGuid}/MaintenancePeriod/{maintenancePeriodId}",
            "POST Monitor/{monitorGuid}/MaintenancePeriod/Cleanup/{beforeDate}",
            "POST MonitorGroup/{monitorGroupGuid}/MaintenancePeriod",
        ],
        words: "
            Id ScheduleMode OneTime Daily Weekly Monthly StartDateTime EndDateTime StartTime
            EndTime HH:mm WeekDay Sunday Monday Tuesday Wednesday Thursday Friday Saturday
            MonthDay MaintenanceType DisableMonitoring DisableNotifications",
        statuses: &["200", "201", "204", "400", "404"],
    },
];

/// The files that test several vendors.
const SHARED: [&str; 5] = ["convert", "export", "input_variants", "serve", "cross_vendor"];

fn read(path: &str) -> String {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The text of a test file. A file in the folder of a vendor includes the fixtures in
/// `mod.rs` of that folder.
fn module(name: &str) -> String {
    let text = read(&format!("tests/vendors/{name}.rs"));
    match name.split_once('/') {
        Some((folder, _)) => text + &read(&format!("tests/vendors/{folder}/mod.rs")),
        None => text,
    }
}

/// The test files of a vendor, as `folder/file`.
fn modules_of(vendor: &Vendor) -> Vec<String> {
    let folder = format!("{}/tests/vendors/{}", env!("CARGO_MANIFEST_DIR"), vendor.folder);
    let mut modules: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| format!("{}/{}", vendor.folder, path.file_stem().unwrap().to_str().unwrap()))
        .collect();
    modules.sort();
    modules
}

/// The files that test several vendors.
fn shared() -> Vec<String> {
    SHARED.map(str::to_owned).to_vec()
}

/// The texts between backticks.
fn ticked(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The rows of the table with this title: the items, and the tests.
fn rows<'a>(docs: &'a str, title: &str) -> Vec<(&'a str, Vec<&'a str>)> {
    let head = docs.find(&format!("| {title} | test |\n")).unwrap_or_else(|| panic!("{title}"));
    let table = docs[head..].lines().take_while(|line| line.starts_with('|')).skip(2);
    table
        .map(|row| {
            let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
            assert_eq!(cells.len(), 2, "{row}");
            (cells[0], ticked(cells[1]))
        })
        .collect()
}

/// The first of `modules` that has a test of this name.
fn found<'a>(test: &str, modules: &'a [String]) -> Option<&'a str> {
    let (only, name) = test.split_once("::").map_or((None, test), |(a, b)| (Some(a), b));
    let matches = |module: &str| {
        only.is_none_or(|only| module.split('/').any(|part| part == only))
            && read(&format!("tests/vendors/{module}.rs"))
                .contains(&format!("#[test]\nfn {name}() {{"))
    };
    modules.iter().map(String::as_str).find(|module| matches(module))
}

#[test]
fn documented_tests_exist() {
    let docs = read("tests/vendors/coverage.md");
    let all = [VENDORS.iter().flat_map(modules_of).collect(), shared()].concat();
    let mut tables = vec![("error", all.clone()), ("all four", all)];
    for vendor in &VENDORS {
        tables.push((vendor.title, [modules_of(vendor), shared()].concat()));
    }
    for (title, modules) in tables {
        for (what, tests) in rows(&docs, title) {
            assert!(!tests.is_empty(), "{title}: {what}: no test");
            for test in tests {
                assert!(found(test, &modules).is_some(), "{title}: {what}: {test}");
            }
        }
    }
    // There are no other tables.
    let all: usize = docs.lines().filter(|line| line.ends_with("| test |")).count();
    assert_eq!(all, VENDORS.len() + 2);
}

#[test]
fn vendor_items_have_rows_and_tests() {
    let docs = read("tests/vendors/coverage.md");
    for vendor in &VENDORS {
        let rows = rows(&docs, vendor.title);
        let modules = [modules_of(vendor), shared()].concat();
        let of = |item: &str| -> Vec<&str> {
            let rows = rows.iter().filter(|(what, _)| ticked(what).contains(&item));
            rows.flat_map(|(_, tests)| tests.iter().copied()).collect()
        };
        let words = || vendor.words.split_whitespace();
        let listed = vendor.operations.iter().chain(vendor.statuses).copied();
        for item in listed.chain(words()) {
            assert!(!of(item).is_empty(), "{}: no row has `{item}`", vendor.title);
        }
        let data = format!("{}/tests/data/{}", env!("CARGO_MANIFEST_DIR"), vendor.folder);
        let samples: String = fs::read_dir(data)
            .unwrap()
            .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
            .collect();
        for item in words() {
            // In the file of the test, its fixtures, or the samples.
            let is_tested = of(item)
                .iter()
                .any(|test| found(test, &modules).is_some_and(|name| module(name).contains(item)));
            assert!(
                is_tested || samples.contains(item),
                "{}: `{item}` is not tested",
                vendor.title
            );
        }
    }
}
