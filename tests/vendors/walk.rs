//! The vendors' documents, walked: whatever one of them lists is a row of the
//! tables in `src/docs/vendors.md`, and every test named there exists.

use std::fs;

/// What the document of a vendor lists, and the modules that test it alone.
struct Vendor {
    title: &'static str,
    modules: &'static [&'static str],
    operations: &'static [&'static str],
    /// Fields, words of enums, parameters.
    words: &'static str,
    statuses: &'static [&'static str],
}

const VENDORS: [Vendor; 4] = [
    Vendor {
        title: "SpaceONE",
        modules: &["spaceone", "stat"],
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
        modules: &["opsmanager"],
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
        modules: &["virtana", "virtana_model"],
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
        modules: &["uptrends"],
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

/// The modules that are about all vendors.
const SHARED: [&str; 6] = ["convert", "export", "forms", "paging", "serve", "together"];

fn read(path: &str) -> String {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn module(name: &str) -> String {
    read(&format!("tests/vendors/{name}.rs"))
}

/// The words between backticks.
fn ticked(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The rows of the table with this title: what, and the tests that hold it.
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

/// The module, of these, that has a test of this name, if one has.
fn found<'a>(test: &str, modules: &[&'a str]) -> Option<&'a str> {
    let (only, name) = test.split_once("::").map_or((None, test), |(a, b)| (Some(a), b));
    let is_asked = |module: &str| only.is_none_or(|only| only == module);
    modules.iter().copied().find(|name_of| {
        is_asked(name_of) && module(name_of).contains(&format!("#[test]\nfn {name}() {{"))
    })
}

#[test]
fn every_test_that_the_docs_name_exists() {
    let docs = read("src/docs/vendors.md");
    let all: Vec<&str> =
        VENDORS.iter().flat_map(|vendor| vendor.modules).chain(&SHARED).copied().collect();
    let mut tables = vec![("error", all.clone()), ("all four", all)];
    for vendor in &VENDORS {
        tables.push((vendor.title, [vendor.modules, &SHARED].concat()));
    }
    for (title, modules) in tables {
        for (what, tests) in rows(&docs, title) {
            assert!(!tests.is_empty(), "{title}: {what}: no test");
            for test in tests {
                assert!(found(test, &modules).is_some(), "{title}: {what}: {test}");
            }
        }
    }
    // Nothing but these tables names tests.
    let all: usize = docs.lines().filter(|line| line.ends_with("| test |")).count();
    assert_eq!(all, VENDORS.len() + 2);
}

#[test]
fn whatever_a_vendors_document_lists_has_a_row_and_a_test_that_says_it() {
    let docs = read("src/docs/vendors.md");
    for vendor in &VENDORS {
        let rows = rows(&docs, vendor.title);
        let modules = [vendor.modules, &SHARED].concat();
        let of = |item: &str| -> Vec<&str> {
            let rows = rows.iter().filter(|(what, _)| ticked(what).contains(&item));
            rows.flat_map(|(_, tests)| tests.iter().copied()).collect()
        };
        let words = || vendor.words.split_whitespace();
        let listed = vendor.operations.iter().chain(vendor.statuses).copied();
        for item in listed.chain(words()) {
            assert!(!of(item).is_empty(), "{}: no row has `{item}`", vendor.title);
        }
        let data = format!("{}/tests/data/{}", env!("CARGO_MANIFEST_DIR"), vendor.modules[0]);
        let samples: String = fs::read_dir(data)
            .unwrap()
            .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
            .collect();
        for item in words() {
            // The test, what it is built of, or the sample that it reads.
            let is_said = of(item)
                .iter()
                .any(|test| found(test, &modules).is_some_and(|name| module(name).contains(item)));
            assert!(is_said || samples.contains(item), "{}: `{item}` is not said", vendor.title);
        }
    }
}
