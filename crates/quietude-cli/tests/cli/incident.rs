//! Replays the page "from an incident to a test": it writes the files that the page shows,
//! applies its changes, runs its commands, and compares what they print.
use super::*;

const PAGE: &str = "crates/quietude-cli/docs/incident.md";

/// A fenced block of a page: the words after the fence, and the text.
struct Block {
    info: Vec<String>,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let text = lines.by_ref().take_while(|line| *line != "```");
        let text = text.flat_map(|line| [line, "\n"]).collect();
        blocks.push(Block { info: info.split(' ').map(str::to_owned).collect(), text });
    }
    blocks
}

/// Runs a command line in a folder; returns what it prints.
fn command(folder: &std::path::Path, line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    match words.as_slice() {
        ["cp", from, to] => {
            std::fs::copy(folder.join(from), folder.join(to)).unwrap();
            String::new()
        }
        ["quietude", args @ ..] => {
            let ran = Command::new(PROGRAM).args(args).current_dir(folder).output().unwrap();
            let err = String::from_utf8(ran.stderr).unwrap();
            assert_eq!(err, "", "{line}");
            String::from_utf8(ran.stdout).unwrap()
        }
        _ => panic!("{line}: not a command of the page"),
    }
}

#[test]
fn incident_page_commands_print_what_it_shows() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("incident");
    _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let page = read(PAGE);
    let (mut printed, mut compared) = (None, 0);
    // With QUIETUDE_RENEW_DOCS=1 it writes what the commands print into the page.
    #[allow(clippy::disallowed_methods, reason = "a switch of the test")]
    let renew = std::env::var_os("QUIETUDE_RENEW_DOCS").is_some();
    let mut renewed = page.clone();
    for Block { info, text } in blocks(&page) {
        let info: Vec<&str> = info.iter().map(String::as_str).collect();
        match info.as_slice() {
            ["yaml", file] => std::fs::write(folder.join(file), text).unwrap(),
            ["diff", file] => {
                let part = |sign: char| {
                    text.lines()
                        .filter_map(|line| line.strip_prefix(sign))
                        .collect::<Vec<_>>()
                        .join("\n")
                };
                let path = folder.join(file);
                let before = std::fs::read_to_string(&path).unwrap();
                assert_eq!(before.matches(&part('-')).count(), 1, "{text}");
                std::fs::write(&path, before.replace(&part('-'), &part('+'))).unwrap();
            }
            ["console"] => printed = Some((text.clone(), command(&folder, text.trim_end()))),
            ["text"] => {
                let (line, printed) = printed.take().expect("a command is before it");
                if renew {
                    let old = format!("{line}```\n\n```text\n{text}```");
                    let new = format!("{line}```\n\n```text\n{printed}```");
                    renewed = renewed.replacen(&old, &new, 1);
                } else {
                    assert_eq!(text, printed, "{line}");
                }
                compared += 1;
            }
            other => panic!("{other:?}: not a block of the page"),
        }
    }
    assert_eq!(compared, 4);
    if renew {
        std::fs::write(format!("{ROOT}/{PAGE}"), renewed).unwrap();
    }
    assert!(std::fs::read_to_string(folder.join("windows.html")).unwrap().contains("orders-db"));
}
