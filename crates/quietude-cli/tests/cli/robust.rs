//! Ends that are not planned: a closed pipe, a full disk, a file that changes, a signal; and
//! files that are written as a whole or not at all.
use std::io::{BufRead, BufReader, Read};
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};

use super::commands::{PAGE, QUESTION, commands, runs};
use super::documents::{File, SERVICES};
use super::*;

fn start(args: &[&str], stdout: Stdio) -> Child {
    Command::new(PROGRAM)
        .args(args)
        .current_dir(ROOT)
        .stdin(Stdio::piped())
        .stdout(stdout)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

/// The exit code and standard error.
fn end(mut child: Child) -> (Option<i32>, String) {
    drop(child.stdin.take());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    (child.wait().unwrap().code(), err)
}

const FLEET: &[&str] = &["--file", "tests/data/fleet.json"];

#[test]
fn closed_pipe_ends_without_an_error() {
    for args in runs() {
        let mut child = start(&args, Stdio::piped());
        drop(child.stdout.take());
        let (code, err) = end(child);
        assert_eq!(code, Some(0), "{args:?}: {err}");
        assert!(!err.contains("error") && !err.contains("panic"), "{args:?}: {err}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn full_disk_is_an_error() {
    for args in runs() {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut child = start(&args, full.into());
        // Only `eval` reads it; others may have ended.
        _ = child.stdin.take().unwrap().write_all(QUESTION);
        let (code, err) = end(child);
        assert_eq!(code, Some(2), "{args:?}: {err}");
        let message = "error: standard output: No space left on device";
        assert!(err.contains(message), "{args:?}: {err}");
    }
    let month = ["--from", "2026-11-01", "--to", "2026-12-01", "--svg", "/dev/full"];
    let ran = fleet("timeline", &[&["--entity", "db-7"], &month[..]].concat());
    assert!(ran.code == 2 && ran.err.contains("/dev/full: No space left on device"), "{}", ran.err);
}

/// A file grows while it is read.
#[test]
fn file_that_changes_while_it_is_read_is_an_error() {
    let mut text = String::from("{ \"version\": 1, \"windows\": [] }");
    text.push_str(&" ".repeat(32 << 20));
    let file = File::new("grows.json", &text);
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut end = std::fs::OpenOptions::new().append(true).open(file.name()).unwrap();
            while !is_done.load(Ordering::Relaxed) {
                end.write_all(b" ").unwrap();
                std::thread::sleep(std::time::Duration::from_micros(50));
            }
        });
        // The other thread may rest for as long as a read takes.
        let args = ["check", "--file", file.name(), "--entity", "a"];
        let changed = (0..50).map(|_| run(&args, b"")).find(|ran| ran.code == 2);
        is_done.store(true, Ordering::Relaxed);
        let message = "the file changed while it was read; try again\n";
        assert_eq!(changed.expect("it changes").err, format!("error: {}: {message}", file.name()));
    });
}

#[test]
#[cfg(unix)]
fn signal_ends_the_program() {
    use std::os::unix::process::ExitStatusExt;
    // SIGINT ends it as well, where it is not ignored, as it is in the background of a shell.
    let mut child = start(&[&["eval"], FLEET].concat(), Stdio::piped());
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"{\"entity\":\"db-7\",\"at_ms\":[0]}\n").unwrap();
    let mut answer = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut answer).unwrap();
    assert_eq!(answer, "{\"silenced\":[false],\"until_ms\":[null],\"by\":[[]]}\n");
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().signal(), Some(15));
}

/// A folder, deleted at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("quietude-{}-{test}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}

/// No command writes a file, unless it is named by an option for that.
#[test]
fn no_command_writes_a_file_that_is_not_named() {
    let folder = Folder::new("writes");
    let document = folder.0.join("services.yaml");
    std::fs::write(&document, SERVICES).unwrap();
    let file = document.to_str().unwrap();
    let window = folder.0.join("window.json");
    let added = r#"{ "id": "w", "scope": "everything", "schedule": { "kind": "daily", "clock": "01:00-02:00", "timezone": "UTC" } }"#;
    std::fs::write(&window, added).unwrap();
    let cases =
        "version: 1\ntests: [{ subject: mail, at: '2026-11-29T00:00:00Z', silenced: true }]";
    std::fs::write(folder.0.join("cases.yaml"), cases).unwrap();
    std::fs::write(folder.0.join("crontab"), "30 2 * * * dump\n").unwrap();
    let before = folder.names();
    let days = ["--from", "2026-11-01", "--to", "2026-11-02"];
    let all = [
        &["check", "--file", file, "--entity", "mail", "--at", "2026-11-29T00:00:00Z"][..],
        &["explain", "--file", file, "--entity", "shop"],
        &[&["timeline", "--file", file, "--entity", "shop"], &days[..]].concat(),
        &["eval", "--file", file],
        &["list", "--file", file],
        &["lint", "--file", file],
        &[&["report", "--file", file], &days[..]].concat(),
        &["preview", "--from", file, "--add", "window.json"],
        &["fmt", "--file", file],
        &["fmt", "--file", file, "--check"],
        &["fmt", "--file", file, "--write"],
        &["import", "--format", "cron", "--duration", "1h", "--timezone", "UTC", "crontab"],
        &["export", "--dialect", "uptrends", "--timezone", "UTC", file],
        &["page", "--file", file, "--out", PAGE],
        &["test", "cases.yaml", "--file", file],
        &["completions", "zsh"],
        &["schema"],
    ];
    let named: std::collections::BTreeSet<_> = all.iter().map(|args| args[0].to_owned()).collect();
    assert_eq!(named, commands());
    for args in all {
        let ran = Command::new(PROGRAM).args(args).current_dir(&folder.0).output().unwrap();
        let err = String::from_utf8_lossy(&ran.stderr);
        // The document has comments, and is not formatted.
        let code = match args {
            [.., "--write"] => 2,
            [.., "--check"] => 1,
            _ => 0,
        };
        assert_eq!(ran.status.code(), Some(code), "{args:?}: {err}");
        assert_eq!(folder.names(), before, "{args:?}");
        assert_eq!(std::fs::read_to_string(&document).unwrap(), SERVICES, "{args:?}");
    }
}

/// `fmt --write` writes the fixed order, and keeps comments unless they are given up.
#[test]
fn fmt_write_replaces_the_file_as_a_whole() {
    let folder = Folder::new("fmt");
    let path = folder.0.join("services.yaml");
    std::fs::write(&path, SERVICES).unwrap();
    let file = path.to_str().unwrap();
    let fmt = |more: &[&str]| run(&[&["fmt", "--file", file], more].concat(), b"");
    let ran = fmt(&["--write"]);
    assert!(
        ran.code == 2 && ran.err.contains("it has comments, which would be lost"),
        "{}",
        ran.err
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), SERVICES);
    let ran = fmt(&["--check"]);
    assert_eq!((ran.code, ran.out), (1, format!("{file} is not formatted, from line 1 on\n")));
    let shown = fmt(&[]);
    let ran = fmt(&["--write", "--drop-comments"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), shown.out);
    assert_eq!((fmt(&["--check"]).code, fmt(&["--write"]).code), (0, 0));
    assert_eq!(folder.names(), ["services.yaml"]);
    let expected = "\
windows:
  - id: nightly-backup
    name: \"Nightly backup\"
    schedule:
      kind: daily
      clock: \"22:00-02:00\"
      timezone: Europe/Paris
      except: [\"2026-12-24\"]
    scope: { group: databases }
";
    assert!(shown.out.contains(expected), "{}", shown.out);
}

/// A link stays a link, and permissions stay; what cannot be written leaves the file alone.
#[test]
#[cfg(unix)]
fn fmt_write_keeps_links_and_permissions() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::new("links");
    let inner = folder.0.join("inner");
    std::fs::create_dir(&inner).unwrap();
    let (path, link) = (inner.join("d.json"), folder.0.join("link.json"));
    let text = r#"{ "windows": [], "version": 1 }"#;
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&path, &link).unwrap();
    let fmt = || run(&["fmt", "--file", link.to_str().unwrap(), "--write"], b"");
    assert_eq!(fmt().code, 0);
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("{\n  \"version\": 1,\n"));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(std::fs::read_dir(&inner).unwrap().count(), 1);
}

/// A link to a file that does not exist yet: the file is made, and the link stays.
#[test]
#[cfg(unix)]
fn output_follows_links_also_to_no_file() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new("dangling");
    std::fs::create_dir(folder.0.join("inner")).unwrap();
    let links = [("outer.svg", "inner/middle.svg"), ("inner/middle.svg", "picture.svg")];
    for (link, to) in links {
        symlink(to, folder.0.join(link)).unwrap();
    }
    let draw = |name: &str| {
        let name = folder.0.join(name);
        let days = ["--entity", "db-7", "--from", "2026-11-26", "--to", "2026-11-27"];
        fleet("timeline", &[&days[..], &["--svg", name.to_str().unwrap()]].concat())
    };
    for _ in 0..2 {
        assert_eq!(draw("outer.svg").code, 0);
        for (link, to) in links {
            assert_eq!(std::fs::read_link(folder.0.join(link)).unwrap().to_str(), Some(to));
        }
        let picture = folder.0.join("inner/picture.svg");
        assert!(std::fs::symlink_metadata(&picture).unwrap().is_file());
        assert!(std::fs::read_to_string(&picture).unwrap().starts_with("<svg "));
    }
    assert_eq!(folder.names(), ["inner", "outer.svg"]);
    symlink("none/picture.svg", folder.0.join("lost.svg")).unwrap();
    let (ran, to) = (draw("lost.svg"), folder.0.join("none/picture.svg"));
    let message = format!("lost.svg, a link to {}: No such file", to.display());
    assert!(ran.code == 2 && ran.err.contains(&message), "{}", ran.err);
    symlink("loop.svg", folder.0.join("loop.svg")).unwrap();
    let ran = draw("loop.svg");
    assert!(ran.code == 2 && ran.err.contains("loop.svg: "), "{}", ran.err);
}

/// Formats a file again and again, and ends the program while the new file is there.
#[test]
#[cfg(target_os = "linux")]
fn signal_while_a_file_is_written_leaves_no_other_file() {
    use std::os::unix::process::ExitStatusExt;
    let folder = Folder::new("signal");
    let path = folder.0.join("d.json");
    let text = super::large::document(4_000);
    let mut caught = std::collections::BTreeSet::new();
    for (attempt, (name, number)) in [("TERM", 15), ("INT", 2)].into_iter().cycle().enumerate() {
        assert!(attempt < 100, "the program was never caught while it wrote");
        std::fs::write(&path, &text).unwrap();
        let args = ["fmt", "--write", "--file", path.to_str().unwrap()];
        let mut child = start(&args, Stdio::piped());
        // All of it is built into the shell, so that it is fast.
        let watch = format!(
            "while kill -0 {id} 2>&-; do for new in .*.new; do \
             if [ -e \"$new\" ]; then kill -{name} {id}; exit; fi; done; done",
            id = child.id()
        );
        let mut watch =
            Command::new("sh").args(["-c", &watch]).current_dir(&folder.0).spawn().unwrap();
        let status = child.wait().unwrap();
        watch.wait().unwrap();
        assert_eq!(folder.names(), ["d.json"], "{status}");
        let now = std::fs::read_to_string(&path).unwrap();
        match status.signal() {
            Some(signal) => {
                assert_eq!(signal, number);
                caught.extend((now == text).then_some(signal));
            }
            None => assert!(status.success() && now != text),
        }
        if caught.len() == 2 {
            break;
        }
    }
}

#[test]
fn timeline_svg_replaces_the_file_as_a_whole() {
    let folder = Folder::new("svg");
    let path = folder.0.join("picture.svg");
    std::fs::write(&path, "old").unwrap();
    let name = path.to_str().unwrap();
    let days = ["--entity", "db-7", "--from", "2026-11-26", "--to", "2026-11-27", "--svg", name];
    assert_eq!(fleet("timeline", &days).code, 0);
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("<svg "));
    assert_eq!(folder.names(), ["picture.svg"]);
    let missing = folder.0.join("no-such-folder/picture.svg");
    let days = [&days[..7], &[missing.to_str().unwrap()]].concat();
    let ran = fleet("timeline", &days);
    assert!(ran.code == 2 && ran.err.contains("No such file or directory"), "{}", ran.err);
}

/// Reads a document from a named pipe that gets its text after more than a second. `None`
/// where the programs `mkfifo` and `script` are missing.
#[cfg(target_os = "linux")]
fn slow_check(folder: &Folder, on_terminal: bool) -> Option<String> {
    let pipe = folder.0.join(format!("slow-{on_terminal}"));
    if !Command::new("mkfifo").arg(&pipe).status().ok()?.success() {
        return None;
    }
    let check = format!("{PROGRAM} check --file {} --entity a", pipe.display());
    let mut command = if on_terminal {
        let mut script = Command::new("script");
        script.args(["-qec", &check, "/dev/null"]);
        script
    } else {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{check} 2>&1")]);
        shell
    };
    let child = command.env("TERM", "xterm").stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let child = child.ok()?;
    let mut end = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    end.write_all(b"{ \"version\": 1, \"windows\": [] }").unwrap();
    drop(end);
    Some(String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap())
}

/// Work of more than a second has a line on a terminal, which is erased at the end.
#[test]
#[cfg(target_os = "linux")]
fn progress_is_shown_on_a_terminal_after_a_second() {
    let folder = Folder::new("progress");
    let Some(shown) = slow_check(&folder, true) else { return };
    assert!(shown.contains("\rreading ") && shown.contains(": 1 s\r\u{1b}[K"), "{shown:?}");
    assert!(shown.contains("is not silenced"), "{shown:?}");
    let shown = slow_check(&folder, false).unwrap();
    assert!(shown.starts_with("a is not silenced at ") && !shown.contains('\r'), "{shown:?}");
}
