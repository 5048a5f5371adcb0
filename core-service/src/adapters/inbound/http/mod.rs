//! HTTP for clients.

mod accounts;
mod addresses;
mod caller;
mod chat_settings;
mod contacts;
mod conversations;
mod cursor;
mod deletion;
mod device;
mod disappearing;
mod document;
mod invites;
mod keeping;
mod limits;
mod media;
mod message;
mod messages;
mod methods;
mod origin;
mod pictures;
mod previews;
mod problem;
mod profiles;
mod search;
mod second_factor;
mod service;
mod sessions;
mod trace;
mod turns;
mod uploads;
mod views;

use std::{sync::Arc, time::Duration};

use actix_web::{
    http::header::CACHE_CONTROL,
    middleware::{DefaultHeaders, from_fn},
    web::{self, Data, JsonConfig, PathConfig, QueryConfig, ServiceConfig},
};
use tokio::sync::Semaphore;

pub use self::{
    addresses::PublicAddresses, document::document, limits::Allowances, methods::head_like_get,
};
use self::{limits::Limits, turns::Turns};
use crate::{
    application::{
        accounts::Accounts, chats::Chats, contacts::Contacts, disappearing::Disappearing,
        invites::Invites, keeping::Keeping, media::Media, messages::Messages, previews::Previews,
        profiles::Profiles, search::Search, uploads::Uploads,
    },
    lifecycle::Lifecycle,
};

/// Largest request body.
const BODY_MAX_BYTES: usize = 256 * 1024;

/// How passwords are hashed beside everything else.
#[derive(Clone, Copy, Debug)]
pub struct Hashing {
    /// Passwords at a time.
    pub parallel: usize,
    /// How long a request waits for its turn.
    pub wait: Duration,
}

/// Parts of files that are received at the same time, in memory.
const PARTS_AT_ONCE: usize = 48;

/// Files that are sent to people at the same time.
const DOWNLOADS_AT_ONCE: usize = 512;

/// Requests whose files are read or written at the same time, whichever worker serves them. One worker
/// has 8 threads that may wait: where the disk hangs, some are left for the database.
const AT_DISK_AT_ONCE: usize = 6;

/// How long a part or a download waits for its turn.
const TURN_WITHIN: Duration = Duration::from_secs(5);

/// How long the end of an upload waits until its picture can be made: the client has sent all of it,
/// and comes again anyway.
const PICTURE_TURN_WITHIN: Duration = Duration::from_secs(20);

/// Searches in messages at the same time: half of the connections to the database, as they are configured by
/// default, are left to everything else.
const SEARCHES_AT_ONCE: usize = 4;

/// How long a search waits for its turn. Who types on asks again by then.
const SEARCH_TURN_WITHIN: Duration = Duration::from_secs(2);

/// Pages at which a core looks at the same time.
const LOOKS_AT_ONCE: usize = 16;

/// The use cases that clients reach.
#[expect(missing_docs, reason = "their types say all")]
pub struct UseCases {
    pub accounts: Arc<Accounts>,
    pub chats: Arc<Chats>,
    pub disappearing: Arc<Disappearing>,
    pub messages: Arc<Messages>,
    pub keeping: Arc<Keeping>,
    pub invites: Arc<Invites>,
    pub contacts: Arc<Contacts>,
    pub uploads: Arc<Uploads>,
    pub media: Arc<Media>,
    pub search: Arc<Search>,
    pub profiles: Arc<Profiles>,
    pub previews: Arc<Previews>,
}

/// What handlers call.
pub struct Services {
    accounts: Arc<Accounts>,
    chats: Arc<Chats>,
    disappearing: Arc<Disappearing>,
    messages: Arc<Messages>,
    keeping: Arc<Keeping>,
    invites: Arc<Invites>,
    contacts: Arc<Contacts>,
    uploads: Arc<Uploads>,
    media: Arc<Media>,
    search: Arc<Search>,
    profiles: Arc<Profiles>,
    previews: Arc<Previews>,
    addresses: PublicAddresses,
    limits: Limits,
    hashing: Turns,
    pictures: Turns,
    parts: Turns,
    downloads: Turns,
    searches: Turns,
    looks: Turns,
}

impl Services {
    /// The use cases, what clients are told, and how much of it they may have.
    #[must_use]
    pub fn new(
        use_cases: UseCases,
        addresses: PublicAddresses,
        allowances: &Allowances,
        hashing: Hashing,
        pictures_at_once: usize,
    ) -> Self {
        let UseCases {
            accounts,
            chats,
            disappearing,
            messages,
            keeping,
            invites,
            contacts,
            uploads,
            media,
            search,
            profiles,
            previews,
        } = use_cases;
        let disk = Arc::new(Semaphore::new(AT_DISK_AT_ONCE));
        Self {
            accounts,
            chats,
            disappearing,
            messages,
            keeping,
            invites,
            contacts,
            uploads,
            media,
            search,
            profiles,
            previews,
            addresses,
            limits: Limits::new(allowances),
            hashing: Turns::new(hashing.parallel, hashing.wait, "many people are signing in"),
            pictures: Turns::new(
                pictures_at_once,
                PICTURE_TURN_WITHIN,
                "many people are sending pictures",
            )
            .at_disk(&disk),
            parts: Turns::new(PARTS_AT_ONCE, TURN_WITHIN, "many people are sending files")
                .at_disk(&disk),
            downloads: Turns::new(
                DOWNLOADS_AT_ONCE,
                TURN_WITHIN,
                "many people are loading files",
            )
            .at_disk(&disk),
            searches: Turns::new(
                SEARCHES_AT_ONCE,
                SEARCH_TURN_WITHIN,
                "many people are searching",
            ),
            looks: Turns::new(LOOKS_AT_ONCE, TURN_WITHIN, "many people are sending links"),
        }
    }
}

/// The routes.
pub fn routes(
    services: Data<Services>,
    lifecycle: Data<Lifecycle>,
) -> impl FnOnce(&mut ServiceConfig) {
    move |app| {
        app.app_data(services)
            .app_data(lifecycle)
            .app_data(
                JsonConfig::default()
                    .limit(BODY_MAX_BYTES)
                    .error_handler(problem::json),
            )
            .app_data(PathConfig::default().error_handler(problem::path))
            .app_data(QueryConfig::default().error_handler(problem::query))
            .route("/health/live", web::get().to(service::show_liveness))
            .route("/health/ready", web::get().to(service::show_readiness))
            .route("/api/openapi.json", web::get().to(document::show_document))
            .service(
                web::scope("/media")
                    .wrap(from_fn(service::wait_until_started))
                    .wrap(from_fn(trace::in_a_span))
                    .route("/{id}", web::get().to(media::load)),
            )
            .service(
                web::scope("/api/v1")
                    .wrap(from_fn(service::answer_in_time))
                    .wrap(from_fn(service::wait_until_started))
                    .wrap(from_fn(trace::in_a_span))
                    // An answer may hold a token, and all of them are somebody's own.
                    .wrap(DefaultHeaders::new().add((CACHE_CONTROL, "no-store")))
                    .route("/client-config", web::get().to(service::show_client_config))
                    .service(
                        web::scope("/auth")
                            .wrap(from_fn(origin::refuse_foreign_pages))
                            .route("/register", web::post().to(accounts::register))
                            .route("/login", web::post().to(accounts::log_in))
                            .route("/refresh", web::post().to(accounts::refresh))
                            .route("/logout", web::post().to(accounts::log_out)),
                    )
                    .route("/users/me", web::get().to(profiles::show_me))
                    .route("/users/me", web::patch().to(profiles::change_profile))
                    .route("/users/me", web::delete().to(deletion::delete_account))
                    .route(
                        "/users/me/picture",
                        web::put().to(pictures::set_own_picture),
                    )
                    .route(
                        "/users/me/picture",
                        web::delete().to(pictures::remove_own_picture),
                    )
                    .route("/users/me/sessions", web::get().to(sessions::list_sessions))
                    .route(
                        "/users/me/sessions",
                        web::delete().to(sessions::end_other_sessions),
                    )
                    .route(
                        "/users/me/sessions/{id}",
                        web::delete().to(sessions::end_session),
                    )
                    .route(
                        "/users/me/password",
                        web::put().to(sessions::change_password),
                    )
                    .route(
                        "/users/me/second-factor",
                        web::get().to(second_factor::show_second_factor),
                    )
                    .route(
                        "/users/me/second-factor",
                        web::post().to(second_factor::offer_second_factor),
                    )
                    .route(
                        "/users/me/second-factor",
                        web::delete().to(second_factor::end_second_factor),
                    )
                    .route(
                        "/users/me/second-factor/confirm",
                        web::post().to(second_factor::confirm_second_factor),
                    )
                    .route(
                        "/users/me/chat",
                        web::put().to(conversations::open_own_chat),
                    )
                    .route("/users/me/blocks", web::get().to(contacts::list_blocks))
                    .route("/users/me/blocks/{user}", web::put().to(contacts::block))
                    .route(
                        "/users/me/blocks/{user}",
                        web::delete().to(contacts::unblock),
                    )
                    .route("/users/me/settings", web::get().to(contacts::show_settings))
                    .route(
                        "/users/me/settings",
                        web::put().to(contacts::change_settings),
                    )
                    .route("/users", web::get().to(accounts::search_users))
                    // Behind all that begin with `/users/me`.
                    .route("/users/{id}", web::get().to(profiles::show_user))
                    .route("/pictures/{id}", web::get().to(pictures::load_picture))
                    .route("/link-previews", web::post().to(previews::make_preview))
                    .route(
                        "/link-previews/{id}/image",
                        web::get().to(previews::load_preview_image),
                    )
                    .route(
                        "/conversations",
                        web::get().to(conversations::list_conversations),
                    )
                    .route(
                        "/conversations",
                        web::post().to(conversations::create_conversation),
                    )
                    .route(
                        "/conversations/heads",
                        web::get().to(conversations::list_heads),
                    )
                    .route(
                        "/conversations/{id}",
                        web::get().to(conversations::show_conversation),
                    )
                    .route(
                        "/conversations/{id}",
                        web::patch().to(profiles::change_info),
                    )
                    .route(
                        "/conversations/{id}/picture",
                        web::put().to(pictures::set_group_picture),
                    )
                    .route(
                        "/conversations/{id}/picture",
                        web::delete().to(pictures::remove_group_picture),
                    )
                    .route(
                        "/conversations/{id}/members",
                        web::get().to(conversations::list_members),
                    )
                    .route(
                        "/conversations/{id}/members",
                        web::post().to(conversations::add_member),
                    )
                    .route(
                        "/conversations/{id}/members/{user}",
                        web::delete().to(conversations::remove_member),
                    )
                    .route(
                        "/conversations/{id}/members/{user}/role",
                        web::put().to(conversations::set_role),
                    )
                    .route(
                        "/conversations/{id}/accept",
                        web::post().to(conversations::accept),
                    )
                    .route(
                        "/conversations/{id}/messages",
                        web::get().to(messages::list_messages),
                    )
                    .route(
                        "/conversations/{id}/messages",
                        web::post().to(messages::post_message),
                    )
                    .route(
                        "/conversations/{id}/mentions",
                        web::get().to(messages::list_mentions),
                    )
                    .route(
                        "/conversations/{id}/messages/{message}",
                        web::patch().to(message::edit_message),
                    )
                    .route(
                        "/conversations/{id}/messages/{message}",
                        web::delete().to(message::delete_message),
                    )
                    .route(
                        "/conversations/{id}/messages/{message}/reaction",
                        web::put().to(message::react),
                    )
                    .route(
                        "/conversations/{id}/messages/{message}/reaction",
                        web::delete().to(message::take_reaction_back),
                    )
                    .route(
                        "/conversations/{id}/messages/{message}/reactions",
                        web::get().to(message::list_reactions),
                    )
                    .route(
                        "/conversations/{id}/messages/{message}/info",
                        web::get().to(message::show_message_info),
                    )
                    .route(
                        "/conversations/{id}/messages/{message}/pin",
                        web::put().to(message::pin_message),
                    )
                    .route(
                        "/conversations/{id}/messages/{message}/pin",
                        web::delete().to(message::unpin_message),
                    )
                    .route(
                        "/conversations/{id}/messages/{message}/star",
                        web::put().to(keeping::star),
                    )
                    .route(
                        "/conversations/{id}/messages/{message}/star",
                        web::delete().to(keeping::unstar),
                    )
                    .route(
                        "/conversations/{id}/draft",
                        web::put().to(keeping::keep_draft),
                    )
                    .route(
                        "/conversations/{id}/settings",
                        web::patch().to(chat_settings::change_chat_settings),
                    )
                    .route(
                        "/conversations/{id}/disappearing",
                        web::put().to(disappearing::set_lifetime),
                    )
                    .route(
                        "/conversations/{id}/clear",
                        web::post().to(chat_settings::clear_chat),
                    )
                    .route(
                        "/conversations/{id}/invites",
                        web::post().to(invites::create_invite),
                    )
                    .route(
                        "/conversations/{id}/invites",
                        web::get().to(invites::list_invites),
                    )
                    .route(
                        "/conversations/{id}/invites/{invite}",
                        web::delete().to(invites::revoke_invite),
                    )
                    .route("/invites/{token}", web::get().to(invites::show_invitation))
                    .route(
                        "/invites/{token}/accept",
                        web::post().to(invites::accept_invitation),
                    )
                    .route("/starred", web::get().to(keeping::list_starred))
                    .route("/messages/search", web::get().to(search::search_messages))
                    .route(
                        "/conversations/{id}/messages/{message}/versions",
                        web::get().to(message::list_versions),
                    )
                    .route(
                        "/conversations/{id}/media",
                        web::get().to(media::list_media),
                    )
                    .route("/media/links", web::post().to(media::make_links))
                    .route("/uploads", web::post().to(uploads::begin))
                    .route("/uploads/{id}", web::get().to(uploads::show))
                    .route("/uploads/{id}", web::delete().to(uploads::cancel))
                    .route(
                        "/uploads/{id}/parts/{offset}",
                        web::put().to(uploads::take_part),
                    )
                    .route("/uploads/{id}/complete", web::post().to(uploads::complete))
                    .route(
                        "/conversations/{id}/changes",
                        web::get().to(messages::list_changes),
                    )
                    .route(
                        "/conversations/{id}/receipts",
                        web::post().to(messages::move_marks),
                    ),
            )
            .default_service(web::to(methods::refuse));
    }
}
