//! The client: npm's packages, and the files that nginx serves.

use std::{fs, path::Path, process::Command, time::SystemTime};

use crate::{Failure, Result, repository};

/// Files and folders that the client is built from.
const SOURCES: &[&str] = &[
    "src",
    "public",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
];

/// Builds the client, unless it is newer than its sources. npm's output is shown when it fails.
///
/// # Errors
/// [`Failure`] with npm's output.
pub fn build() -> Result<()> {
    let client = repository().join("client");
    let installed = client.join("node_modules/.package-lock.json");
    if is_older(&installed, &client, &["package-lock.json"])? {
        npm(
            &client,
            &["ci", "--no-audit", "--no-fund", "--loglevel=error"],
        )?;
    }
    if is_older(&client.join("dist/index.html"), &client, SOURCES)? {
        npm(&client, &["run", "--silent", "build"])?;
    }
    Ok(())
}

fn npm(folder: &Path, args: &[&str]) -> Result<()> {
    let line = format!("`npm {}` in client/", args.join(" "));
    let output = Command::new("npm")
        .args(args)
        .current_dir(folder)
        .output()
        .map_err(Failure::to(format!("cannot run {line}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [&output.stdout[..], &output.stderr].concat();
    Err(Failure(format!(
        "{}\n{line} failed ({})",
        String::from_utf8_lossy(&said).trim_end(),
        output.status
    )))
}

fn is_older(target: &Path, folder: &Path, sources: &[&str]) -> Result<bool> {
    let Ok(built) = fs::metadata(target).and_then(|target| target.modified()) else {
        return Ok(true);
    };
    for source in sources {
        if newest(&folder.join(source))? > built {
            return Ok(true);
        }
    }
    Ok(false)
}

fn newest(path: &Path) -> Result<SystemTime> {
    let unreadable = || Failure::to(format!("cannot read {}", path.display()));
    let metadata = fs::metadata(path).map_err(unreadable())?;
    let mut newest = metadata.modified().map_err(unreadable())?;
    if metadata.is_dir() {
        for entry in fs::read_dir(path).map_err(unreadable())? {
            let entry = entry.map_err(unreadable())?;
            newest = newest.max(self::newest(&entry.path())?);
        }
    }
    Ok(newest)
}
