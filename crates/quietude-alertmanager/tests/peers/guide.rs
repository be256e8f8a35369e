//! Replays the guide of the README: its files and commands, with other ports.
//!
//! `<!-- file: NAME -->` stands before the content of a file, `<!-- run: TEXT -->` before
//! commands whose output has the text, and `<!-- start: NAME -->` before a program that runs
//! in the background.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::alertmanager::{Alertmanager, Pages, free, peers};
use super::http::get;
use super::program::{Folder, Program, until_true};

const PAGE: &str = include_str!("../../README.md");

/// The folder of `quietude`, which another package builds.
fn quietude() -> PathBuf {
    let folder = Path::new(env!("CARGO_BIN_EXE_quietude-alertmanager")).parent().expect("a folder");
    if !folder.join("quietude").exists() {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let mut build = Command::new(cargo);
        build.args(["build", "-p", "quietude-cli", "--locked", "--manifest-path"]);
        build.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        if folder.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().expect("cargo runs").success());
    }
    folder.to_owned()
}

#[test]
fn guide_commands_do_what_the_page_shows() {
    let Some(peers) = peers() else { return };
    let (folder, pages) = (Folder::new(), Pages::start());
    let alertmanager = Alertmanager::start(peers, &folder, &pages, &[]);
    let (bridge, proxy) = (free(), free());
    let path = format!(
        "{}:{}:{}",
        quietude().display(),
        peers.display(),
        std::env::var("PATH").expect("a path")
    );
    let own = |text: &str| {
        text.replace("localhost:9093", &alertmanager.address.to_string())
            .replace("localhost:9095", &proxy.to_string())
            .replace("localhost:9096", &bridge.to_string())
    };
    let (mut programs, mut commands) = (Vec::new(), 0);
    for part in PAGE.split("<!-- ").skip(1) {
        let (comment, rest) = part.split_once(" -->").expect("the end of a comment");
        let block = rest.split("```").nth(1).expect("a block");
        let (_, block) = block.split_once('\n').expect("a language");
        let (verb, argument) = comment.split_once(": ").unwrap_or((comment, ""));
        match verb {
            "file" => drop(folder.write(argument, &own(block))),
            "start" => {
                let mut shell = Command::new("sh");
                let command = format!("exec {}", own(block));
                shell.args(["-c", &command]).env("PATH", &path).current_dir(folder.path(""));
                programs.push(Program::start(&mut shell));
                let address = if argument == "proxy" { proxy } else { bridge };
                until_true(argument, Duration::from_secs(60), || {
                    get(address, "/-/ready").is_some_and(|(status, _)| status == 200)
                });
                commands += 1;
            }
            "run" => {
                let mut shell = Command::new("sh");
                shell.args(["-ec", &own(block)]).env("PATH", &path).current_dir(folder.path(""));
                let output = shell.output().expect("a shell");
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let (out, error) = (text(&output.stdout), text(&output.stderr));
                assert!(output.status.success(), "{block}\n{out}\n{error}");
                assert!(
                    out.contains(argument) || error.contains(argument),
                    "{block}\n{out}\n{error}"
                );
                commands += block.lines().count();
            }
            other => panic!("{other}"),
        }
    }
    assert!(commands >= 11, "{commands} commands");
}
