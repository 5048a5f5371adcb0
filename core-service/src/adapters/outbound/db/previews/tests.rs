use std::sync::Arc;

use uuid::Uuid;

use super::*;
use crate::{
    adapters::outbound::db::tests::{on_postgres, on_sqlite},
    application::ports::{AccountStore as _, NewAccount, UploadStore as _},
    domain::account::{DisplayName, Handle, User},
};

const NOW: Timestamp = Timestamp::from_micros(1_764_000_000_000_000);

fn keep(database: &Database, owner: UserId, image: Option<(&'static str, i64)>) -> PreviewId {
    let id = PreviewId::new(Uuid::new_v4());
    let new = NewPreview {
        preview: LinkPreview {
            id,
            url: "https://example.org".to_owned(),
            title: "Mills".to_owned(),
            description: String::new(),
            site_name: String::new(),
            image: image.map(|_| PreviewImage {
                width: 4,
                height: 3,
            }),
        },
        owner,
        image,
        now: NOW,
    };
    // As before its picture is written.
    let unused = new.removal(NOW.plus_seconds(60));
    database.reserve_folder(&unused).unwrap();
    database.keep_preview(&new).unwrap();
    id
}

fn previews_that_no_message_takes_are_forgotten(database: &Arc<Database>) {
    let owner = UserId::new(Uuid::now_v7());
    database
        .create_account(&NewAccount {
            user: User {
                id: owner,
                handle: Handle::parse("ada").unwrap(),
                display_name: DisplayName::parse("Ada").unwrap(),
                picture: None,
            },
            password_hash: String::new(),
            created_at: NOW,
        })
        .unwrap();
    let ids: [PreviewId; 3] = [Some(("image/jpeg", 9)), None, Some(("image/webp", 9))]
        .map(|image| keep(database, owner, image));
    // A folder that a preview has is not removed.
    let due = |after| database.due_folders(NOW.plus_seconds(after), 9).unwrap();
    assert_eq!(due(KEPT_S), []);
    database
        .write(|connection| super::keep(connection, &ids[2..]))
        .unwrap();
    assert_eq!(
        database
            .expire_previews(NOW.plus_seconds(KEPT_S), 9)
            .unwrap(),
        0
    );
    let then = NOW.plus_seconds(KEPT_S + 1);
    assert_eq!(database.expire_previews(then, 1).unwrap(), 1);
    assert_eq!(database.expire_previews(then, 9).unwrap(), 1);
    assert_eq!(database.expire_previews(then, 9).unwrap(), 0);
    let folders: Vec<_> = due(KEPT_S + 1).iter().map(|due| due.folder).collect();
    assert_eq!(folders, [preview_folder(ids[0])]);
    let types = ids.map(|id| database.preview_image(id).unwrap());
    assert_eq!(types, [None, None, Some("image/webp".to_owned())]);
}

#[test]
fn unsent_previews_are_forgotten_on_sqlite() {
    let (database, _folder) = on_sqlite();
    previews_that_no_message_takes_are_forgotten(&database);
}

#[test]
fn unsent_previews_are_forgotten_on_postgres() {
    let (database, _folder) = on_postgres();
    previews_that_no_message_takes_are_forgotten(&database);
}
