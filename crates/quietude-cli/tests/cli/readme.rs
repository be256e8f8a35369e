//! The examples of the README are what the program prints.
use super::*;

/// A command of the README: its arguments, standard input, and the output that is shown.
struct Example {
    args: Vec<String>,
    input: String,
    shown: String,
}

/// The blocks that begin with `$ quietude`.
fn examples(readme: &str) -> Vec<Example> {
    let blocks = readme.split("```console\n$ quietude ").skip(1);
    let blocks = blocks.map(|rest| rest.split_once("```").expect("the block ends").0);
    let example = |block: &str| {
        let (command, shown) = block.split_once('\n').unwrap();
        let (command, input) = match command.split_once(" <<< '") {
            Some((command, input)) => (command, format!("{}\n", input.trim_end_matches('\''))),
            None => (command, String::new()),
        };
        let args = command.split(' ').map(str::to_owned).collect();
        Example { args, input, shown: shown.to_owned() }
    };
    blocks.map(example).collect()
}

#[test]
fn readme_examples_are_what_the_program_prints() {
    let examples = examples(&read("crates/quietude-cli/README.md"));
    let mut commands = std::collections::BTreeSet::new();
    for Example { args, input, shown } in &examples {
        let mut child = Command::new(PROGRAM)
            .args(args)
            .current_dir(format!("{ROOT}/crates/quietude-cli/tests/data"))
            .env_remove("COLUMNS")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let mut text = String::from_utf8(output.stdout).unwrap();
        text.push_str(&String::from_utf8(output.stderr).unwrap());
        match output.status.code() {
            Some(0) => {}
            code => text.push_str(&format!("(exit code {})\n", code.expect("it is not killed"))),
        }
        assert_eq!(&text, shown, "{args:?}");
        commands.insert(args[0].clone());
    }
    assert!(examples.len() >= 10 && commands.len() >= 10, "{commands:?}");
}

#[test]
fn readme_shows_the_document_and_every_command() {
    let readme = read("crates/quietude-cli/README.md");
    assert!(readme.contains(&format!("```yaml\n{}```\n", super::documents::SERVICES)));
    for name in super::commands::commands() {
        assert!(readme.contains(&format!("| `{name}` |")), "{name}");
    }
}
