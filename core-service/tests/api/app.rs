//! Two replicas and a way to talk to them.

use std::{
    fs,
    io::Read as _,
    path::PathBuf,
    process::{Command, Output},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use rookery_harness::{
    ports::free_ports,
    postgres::Postgres,
    process::{Process, Program},
};
use serde_json::Value;
use tempfile::TempDir;
use ureq::{
    Agent,
    http::{HeaderMap, Method, Request},
};

pub(crate) const CORE: &str = env!("CARGO_BIN_EXE_core-service");
pub(crate) const SECRET: &str = "the hub's and the cores' secret";

/// Generous: the machine may be busy with other things.
pub(crate) const READY_WITHIN: Duration = Duration::from_secs(30);

pub(crate) struct TestApp {
    pub(crate) replicas: Vec<Replica>,
    turn: AtomicUsize,
    env: Vec<(String, String)>,
    /// Dropped last: processes write here.
    folder: TempDir,
}

pub(crate) struct Replica {
    pub(crate) http: u16,
    pub(crate) grpc: u16,
    process: Process,
}

/// What a replica answered.
pub(crate) struct Answer {
    request: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// An empty folder with a signing key.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    generate_key(folder.path().join("key.pem"));
    folder
}

pub(crate) fn generate_key(path: PathBuf) {
    let done = Command::new(CORE)
        .args(["generate-key", "--out"])
        .arg(path)
        .status();
    assert!(done.unwrap().success());
}

pub(crate) fn sqlite_url(folder: &TempDir) -> String {
    format!("sqlite:{}", folder.path().join("rookery.db").display())
}

#[track_caller]
pub(crate) fn postgres_url() -> String {
    let postgres = Postgres::shared().unwrap_or_else(|error| panic!("{error}"));
    postgres.create_database().unwrap()
}

/// A replica's program with its ports; the settings come last and win.
pub(crate) fn program(
    folder: &TempDir,
    name: &str,
    settings: &[(&str, &str)],
) -> (Program, u16, u16) {
    let [http, grpc, nobody] = free_ports().unwrap();
    let key = format!("file:{}", folder.path().join("key.pem").display());
    let mut env = vec![
        ("ROOKERY_CORE_HTTP_LISTEN", format!("127.0.0.1:{http}")),
        ("ROOKERY_CORE_GRPC_LISTEN", format!("127.0.0.1:{grpc}")),
        ("ROOKERY_CORE_INSTANCE_ID", name.to_owned()),
        ("ROOKERY_CORE_INTERNAL_SECRET", SECRET.to_owned()),
        ("ROOKERY_CORE_JWT__SIGNING_KEY", key),
        (
            "ROOKERY_CORE_BLOBS__URL",
            format!("file:{}", folder.path().join("blobs").display()),
        ),
        // Pages and services of the tests are on loopback.
        (
            "ROOKERY_CORE_WEB__ALLOW_PRIVATE_ADDRESSES",
            "true".to_owned(),
        ),
        (
            "ROOKERY_CORE_HUB__GRPC_URL",
            format!("http://127.0.0.1:{nobody}"),
        ),
    ];
    env.extend(
        settings
            .iter()
            .map(|(key, value)| (*key, (*value).to_owned())),
    );
    let program = Program {
        name: name.to_owned(),
        executable: CORE.into(),
        args: Vec::new(),
        env: env
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
        log: folder.path().join(format!("{name}.log")),
        ready_url: format!("http://127.0.0.1:{http}/health/ready"),
    };
    (program, http, grpc)
}

/// A new one for each request: an agent keeps cookies, and tests send their own.
fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .timeout_global(Some(Duration::from_secs(60)))
        .build()
        .new_agent()
}

impl TestApp {
    pub(crate) fn on_sqlite() -> Self {
        let folder = folder();
        let url = sqlite_url(&folder);
        Self::start(folder, &[("ROOKERY_CORE_DATABASE_URL", &url)])
    }

    #[track_caller]
    pub(crate) fn on_postgres() -> Self {
        Self::start(folder(), &[("ROOKERY_CORE_DATABASE_URL", &postgres_url())])
    }

    pub(crate) fn on_sqlite_with(settings: &[(&str, &str)]) -> Self {
        let folder = folder();
        let url = sqlite_url(&folder);
        let database = [("ROOKERY_CORE_DATABASE_URL", url.as_str())];
        let settings = [&database[..], settings].concat();
        Self::start(folder, &settings)
    }

    #[track_caller]
    fn start(folder: TempDir, settings: &[(&str, &str)]) -> Self {
        let mut env = Vec::new();
        // Both at once, as a deployment does.
        let starting: Vec<_> = ["core-1", "core-2"]
            .map(|name| {
                let (program, http, grpc) = program(&folder, name, settings);
                env.clone_from(&program.env);
                Replica {
                    http,
                    grpc,
                    process: program.start().unwrap(),
                }
            })
            .into();
        let mut app = Self {
            replicas: starting,
            turn: AtomicUsize::new(0),
            env,
            folder,
        };
        for replica in &mut app.replicas {
            replica.process.wait_until_ready(READY_WITHIN).unwrap();
        }
        app
    }

    /// Runs a command of the program with the first replica's configuration.
    pub(crate) fn command(&self, args: &[&str]) -> Output {
        let mut command = Command::new(CORE);
        command.args(args).envs(self.env.iter().cloned());
        command.output().unwrap()
    }

    /// What the replicas have logged.
    pub(crate) fn logs(&self) -> String {
        let read = |name| fs::read_to_string(self.folder.path().join(name)).unwrap();
        read("core-1.log") + &read("core-2.log")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Takes turns, as the load balancer does.
    pub(crate) fn next(&self) -> usize {
        self.turn.fetch_add(1, Ordering::Relaxed) % self.replicas.len()
    }

    /// A request to the replica whose turn it is.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        self.send_to(self.next(), method, path, headers, body)
    }

    pub(crate) fn send_to(
        &self,
        replica: usize,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let uri = format!("http://127.0.0.1:{}{path}", self.replicas[replica].http);
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let shown = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
        let sent = if body.is_empty() {
            agent().run(request.body(()).unwrap())
        } else {
            agent().run(request.body(body).unwrap())
        };
        let request = format!("{method} {path} {shown}");
        let mut response = sent.unwrap_or_else(|error| panic!("{request}: {error}"));
        let mut body = Vec::new();
        response
            .body_mut()
            .as_reader()
            .read_to_end(&mut body)
            .unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer {
            request,
            status,
            headers,
            body,
        }
    }

    /// A request without a token.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        self.send(
            "POST",
            path,
            &[("content-type", "application/json")],
            body.as_bytes(),
        )
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let text = || String::from_utf8_lossy(&self.body);
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{}: {} {}", self.request, self.status, text()))
    }

    /// The body of an answer with this status.
    #[track_caller]
    pub(crate) fn ok(&self, status: u16) -> Value {
        self.check_status(status);
        if self.body.is_empty() {
            Value::Null
        } else {
            self.json()
        }
    }

    #[track_caller]
    pub(crate) fn check_status(&self, status: u16) {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{}: {text}", self.request);
    }

    /// A problem document with this status and code.
    #[track_caller]
    pub(crate) fn check_problem(&self, status: u16, code: &str) {
        self.check_status(status);
        assert_eq!(self.problem_code(), code, "{}", self.request);
    }

    /// The code of a problem document.
    #[track_caller]
    pub(crate) fn problem_code(&self) -> String {
        let content = self
            .headers
            .get("content-type")
            .map(|value| value.to_str().unwrap());
        assert_eq!(
            content,
            Some("application/problem+json"),
            "{} {}",
            self.request,
            self.status
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{}", self.request);
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{problem}"
        );
        problem["code"].as_str().unwrap().to_owned()
    }

    pub(crate) fn is_replay(&self) -> bool {
        self.headers
            .get("idempotent-replayed")
            .is_some_and(|value| value == "true")
    }

    /// The refresh cookie that came with it, as `name=value`.
    #[track_caller]
    pub(crate) fn cookie(&self) -> String {
        let cookie = self.headers.get("set-cookie").unwrap().to_str().unwrap();
        for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        cookie.split(';').next().unwrap().to_owned()
    }
}
