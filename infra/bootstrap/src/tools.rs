//! Programs and libraries that must be on the machine.

use std::{
    env, fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{Failure, Result};

/// Oldest Node.js that the client's tools run on.
const NODE_MIN: (u32, u32) = (20, 19);

/// Something that a Debian package brings.
pub struct Tool {
    package: &'static str,
    is_there: fn() -> bool,
}

/// What it takes to build and start.
pub const TO_START: &[Tool] = &[
    Tool {
        package: "gcc",
        is_there: || find("cc").is_some(),
    },
    Tool {
        package: "libpq-dev",
        is_there: || find("pg_config").is_some(),
    },
    Tool {
        package: "nginx",
        is_there: || find("nginx").is_some(),
    },
];

/// What the checks need besides.
pub const TO_VERIFY: &[Tool] = &[
    Tool {
        package: "postgresql",
        is_there: || Path::new("/usr/lib/postgresql").exists(),
    },
    Tool {
        package: "chromium",
        is_there: || find("chromium").is_some(),
    },
    Tool {
        package: "fonts-noto-color-emoji",
        is_there: || Path::new("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf").exists(),
    },
];

/// What making certificates needs.
pub const TO_CERTIFY: &[Tool] = &[Tool {
    package: "openssl",
    is_there: || find("openssl").is_some(),
}];

/// What starting it in containers needs besides.
pub const TO_CONTAIN: &[Tool] = &[
    Tool {
        package: "docker.io",
        is_there: || find("docker").is_some() && find("dockerd").is_some(),
    },
    Tool {
        package: "docker-compose",
        is_there: || find("docker-compose").is_some(),
    },
    Tool {
        package: "debootstrap",
        is_there: || find("debootstrap").is_some(),
    },
];

/// What libFuzzer is compiled with.
pub const TO_FUZZ: &[Tool] = &[Tool {
    package: "g++",
    is_there: || find("c++").is_some(),
}];

/// What the hub is measured beside.
pub const TO_BENCH: &[Tool] = &[Tool {
    package: "libnginx-mod-nchan",
    is_there: || Path::new("/usr/lib/nginx/modules/ngx_nchan_module.so").exists(),
}];

/// Installs what is missing when it may, otherwise says how.
///
/// # Errors
/// A sentence with the line to run.
pub fn ensure(groups: &[&[Tool]]) -> Result<()> {
    check_node()?;
    let tools = groups.iter().copied().flatten();
    let missing: Vec<&str> = tools
        .filter(|tool| !(tool.is_there)())
        .map(|tool| tool.package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    let Some(apt_get) = find("apt-get") else {
        return Err(Failure(format!(
            "missing: {packages} (Debian's names); install them with your package manager"
        )));
    };
    let by_hand = || {
        Failure(format!(
            "missing: {packages}; run `sudo apt-get install -y {packages}` and try again"
        ))
    };
    let Some(privilege) = privilege() else {
        return Err(by_hand());
    };
    println!("==> installing {packages}");
    for args in [
        vec!["update"],
        [vec!["install", "-y", "--no-install-recommends"], missing].concat(),
    ] {
        let status = Command::new("env")
            .args(["DEBIAN_FRONTEND=noninteractive"])
            .args(privilege)
            .arg(&apt_get)
            .args(["-qq"])
            .args(args)
            .status();
        if !status.is_ok_and(|status| status.success()) {
            return Err(by_hand());
        }
    }
    Ok(())
}

/// Where a program is.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    // Where Debian has the programs that only root has in its path.
    let system = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    env::split_paths(&path)
        .chain(system)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// nginx's table of file types.
///
/// # Errors
/// When it is nowhere.
pub fn nginx_mime_types() -> Result<PathBuf> {
    ["/etc/nginx/mime.types", "/usr/local/etc/nginx/mime.types"]
        .into_iter()
        .map(PathBuf::from)
        .find(|path| path.is_file())
        .ok_or_else(|| {
            Failure("nginx's mime.types is not in /etc/nginx; install nginx again".into())
        })
}

fn check_node() -> Result<()> {
    let (major, minor) = NODE_MIN;
    let wanted = format!("Node.js {major}.{minor} or newer with npm (https://nodejs.org)");
    if find("npm").is_none() {
        return Err(Failure(format!("npm is missing; install {wanted}")));
    }
    let output = Command::new("node")
        .arg("--version")
        .output()
        .map_err(|_| Failure(format!("node is missing; install {wanted}")))?;
    let version = String::from_utf8_lossy(&output.stdout);
    let version = version.trim().trim_start_matches('v');
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
    let found: (u32, u32) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < NODE_MIN {
        return Err(Failure(format!("node is {version}; install {wanted}")));
    }
    Ok(())
}

/// What to put before a command so that it may install packages, if anything does.
fn privilege() -> Option<&'static [&'static str]> {
    // A process's folder belongs to its effective user.
    if fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
        return Some(&[]);
    }
    let mut sudo = Command::new("sudo");
    let without_password = sudo.args(["-n", "true"]).stderr(Stdio::null()).status();
    without_password
        .is_ok_and(|status| status.success())
        .then_some(&["sudo", "-n"])
}
