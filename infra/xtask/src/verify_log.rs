//! `cargo xtask verify-log`: runs `cargo verify` and writes down what became of it, so that a check
//! that fails by chance is seen.

use std::{
    fs::File,
    io::Write as _,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use rookery_bootstrap::repository;

use crate::verify;

/// A line for each run: hash of the tree without this file, minutes, result.
const LOG: &str = "docs/verify-log.tsv";

/// Runs every check and adds a line, whatever the result.
///
/// # Errors
/// The first check that fails, or when the line cannot be written.
pub(crate) fn verify_log() -> Result<()> {
    let repository = repository();
    // Before the checks: what they write must not count.
    let tree = tree_without_log(&repository)?;
    let start = Instant::now();
    let verified = verify::verify();
    let line = line(&tree, start.elapsed(), verified.as_ref().err());
    let path = repository.join(LOG);
    File::options()
        .append(true)
        .create(true)
        .open(&path)
        .and_then(|mut log| log.write_all(line.as_bytes()))
        .with_context(|| format!("cannot write {}", path.display()))?;
    verified
}

fn line(tree: &str, took: Duration, failure: Option<&anyhow::Error>) -> String {
    let minutes = took.as_secs_f64() / 60.0;
    let result = match failure {
        None => "passed".to_owned(),
        // The chain's first sentence names the check.
        Some(failure) => format!("failed: {failure}"),
    };
    let result = result.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{tree}\t{minutes:.1}\t{result}\n")
}

/// The hash that git would give to the working tree as it is, without the log: commits that change
/// the log alone keep it.
fn tree_without_log(repository: &Path) -> Result<String> {
    let folder = repository.join("target");
    let index = folder.join("verify-log.index");
    let git = |args: &[&str]| -> Result<String> {
        let output = Command::new("git")
            .args(args)
            .current_dir(repository)
            .env("GIT_INDEX_FILE", &index)
            .output()
            .context("git is missing")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("`git {}` failed: {said}", args.join(" "));
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    };
    git(&["read-tree", "HEAD"])?;
    git(&["add", "--all"])?;
    git(&["rm", "--quiet", "--cached", "--ignore-unmatch", LOG])?;
    git(&["write-tree"])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn line_says_which_tree_how_long_and_what_became_of_it() {
        let took = Duration::from_secs(933);
        assert_eq!(line("abc", took, None), "abc\t15.6\tpassed\n");
        let failure = anyhow::anyhow!("no\tway\nout").context("cargo verify: clippy");
        assert_eq!(
            line("abc", took, Some(&failure)),
            "abc\t15.6\tfailed: cargo verify: clippy\n"
        );
    }

    #[test]
    fn hash_changes_with_every_file_but_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let repository = folder.path();
        let git = |args: &[&str]| {
            let status = Command::new("git")
                .args(["-c", "user.name=t", "-c", "user.email=t@localhost"])
                .args(args)
                .current_dir(repository)
                .status();
            assert!(status.unwrap().success());
        };
        for name in ["docs", "target"] {
            fs::create_dir(repository.join(name)).unwrap();
        }
        fs::write(repository.join(".gitignore"), "/target/\n").unwrap();
        git(&["init", "--quiet"]);
        git(&["add", "--all"]);
        git(&["commit", "--quiet", "--message", "Begin"]);
        let hash = || tree_without_log(repository).unwrap();
        let before = hash();
        fs::write(repository.join(LOG), "abc\t1.0\tpassed\n").unwrap();
        assert_eq!(hash(), before);
        git(&["add", "--all"]);
        git(&["commit", "--quiet", "--message", "Log"]);
        assert_eq!(hash(), before);
        fs::write(repository.join("new.txt"), "not committed").unwrap();
        assert_ne!(hash(), before);
    }
}
