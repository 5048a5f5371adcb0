use uuid::Uuid;

use super::*;
use crate::{
    application::{
        ports::{BlobStore as _, NewUpload, UploadStore as _},
        testing::{
            Broken, BrokenDisk, FakeClock, MemoryBlobs, MemoryFiles, PlainSigner,
            contract::Carries as _,
        },
    },
    domain::{
        attachment::{Attachment, FileName},
        ids::{ClientId, FolderId},
        permission::Denied,
    },
};

const ADA: UserId = UserId::new(Uuid::from_u128(1));
const FOLDER: FolderId = FolderId::new(Uuid::from_u128(9));
const TTL_S: i64 = 600;

#[derive(Default)]
struct World {
    files: Arc<MemoryFiles>,
    blobs: Arc<MemoryBlobs>,
    clock: Arc<FakeClock>,
}

impl World {
    fn media(&self) -> Media {
        Media {
            attachments: self.files.clone(),
            blobs: self.blobs.clone(),
            signer: Arc::new(PlainSigner),
            clock: self.clock.clone(),
            link_ttl_s: TTL_S,
        }
    }

    /// An attachment that messages carry, with a small picture where it says so.
    fn carried(&self, id: u128, size: i64, thumbnail_type: Option<&str>) -> AttachmentId {
        let id = AttachmentId::new(Uuid::from_u128(id));
        let name = FileName::of_claim("a");
        let new = NewUpload {
            id,
            owner: ADA,
            client_upload_id: ClientId::new(*id.as_uuid()),
            name: name.clone(),
            claimed_type: String::new(),
            size,
            voice: None,
            expires_at: self.clock.now(),
            quota_bytes: i64::MAX,
            open_max: 9,
        };
        self.files.begin_upload(&new).unwrap().unwrap();
        let kept = Kept {
            attachment: Attachment {
                id,
                kind: Kind::Picture,
                name,
                media_type: "image/jpeg".to_owned(),
                size,
                width: None,
                height: None,
                blurhash: None,
                duration_ms: None,
                waveform: None,
                thumbnail: thumbnail_type.is_some(),
            },
            owner: ADA,
            folder: FOLDER,
            thumbnail_type: thumbnail_type.map(str::to_owned),
        };
        let now = self.clock.now();
        self.files.complete_upload(&kept, now, now).unwrap();
        self.files.carry(ADA, id);
        id
    }
}

fn link(id: AttachmentId, variant: Variant, links: &Links) -> (Link, String) {
    let signature = match variant {
        Variant::Content => links.content.clone(),
        Variant::Thumbnail => links.thumbnail.clone().unwrap(),
    };
    let expires_s = links.expires_s;
    let link = Link {
        id,
        variant,
        expires_s,
    };
    (link, signature)
}

#[test]
fn links_are_given_to_what_is_read_and_stay_the_same_for_a_while() {
    let world = World::default();
    let (picture, file) = (
        world.carried(1, 9, Some("image/webp")),
        world.carried(2, 9, None),
    );
    let other = AttachmentId::new(Uuid::from_u128(3));
    let asked = |ids: &[AttachmentId]| world.media().links(ADA, ids).unwrap();
    let links = asked(&[file, other, picture]);
    let ids: Vec<AttachmentId> = links.iter().map(|links| links.id).collect();
    assert_eq!(ids, [picture, file]);
    assert!(links[0].thumbnail.is_some() && links[1].thumbnail.is_none());
    for passed in 0..TTL_S {
        let left = asked(&[file])[0].expires_s - world.clock.now().seconds();
        assert!((TTL_S / 2..=TTL_S).contains(&left), "{left} after {passed}");
        world.clock.pass_seconds(1);
    }
    let begins = TTL_S / 2 - world.clock.now().seconds() % (TTL_S / 2);
    world.clock.pass_seconds(begins);
    let links = asked(&[file]);
    world.clock.pass_seconds(TTL_S / 2 - 1);
    assert_eq!(asked(&[file]), links);
    world.clock.pass_seconds(1);
    assert_ne!(asked(&[file]), links);
}

#[test]
fn link_opens_what_it_names_until_its_time_is_over_or_that_is_deleted() {
    let world = World::default();
    let media = world.media();
    let id = world.carried(1, 9, Some("image/webp"));
    let small = b"small".to_vec();
    let put = |name, bytes| world.blobs.put_blob(FOLDER, name, bytes).unwrap();
    put(BlobName::Thumbnail, small.clone());
    let links = media.links(ADA, &[id]).unwrap().remove(0);
    let (whole, signature) = link(id, Variant::Content, &links);
    let served = media.open(whole, &signature).unwrap();
    assert_eq!((served.size, &served.media_type[..]), (9, "image/jpeg"));
    assert_eq!(served.small, None);
    let (thumbnail, small_signature) = link(id, Variant::Thumbnail, &links);
    let served = media.open(thumbnail, &small_signature).unwrap();
    assert_eq!((served.size, &served.media_type[..]), (5, "image/webp"));
    assert_eq!(served.small, Some(small));
    let later = Link {
        expires_s: whole.expires_s + 1,
        ..whole
    };
    for (link, signature) in [
        (thumbnail, &signature),
        (later, &signature),
        (whole, &String::new()),
    ] {
        let opened = media.open(link, signature);
        assert!(matches!(opened, Err(Error::Link(LinkDenied::Forged))));
    }
    world.files.let_go(id, world.clock.now());
    let opened = media.open(whole, &signature);
    assert!(matches!(opened, Err(Error::NotFound("file"))));
    world.clock.pass_seconds(TTL_S);
    let opened = media.open(whole, &signature);
    assert!(matches!(opened, Err(Error::Link(LinkDenied::Expired))));
}

#[test]
fn content_is_read_bit_by_bit_over_its_pieces() {
    let world = World::default();
    let part = u64::try_from(PART_BYTES).unwrap();
    let size = part + 3;
    let id = world.carried(1, i64::try_from(size).unwrap(), None);
    let first = vec![1; usize::try_from(part).unwrap()];
    for (index, bytes) in [(0, first), (1, vec![2; 3])] {
        let name = BlobName::Piece(index);
        world.blobs.put_blob(FOLDER, name, bytes).unwrap();
    }
    let media = world.media();
    let kept = world.files.attachment(id).unwrap().unwrap();
    let mut whole = Vec::new();
    while (whole.len() as u64) < size {
        let bit = media.read(&kept, whole.len() as u64, size).unwrap();
        assert!(bit.len() as u64 <= READ_BYTES);
        whole.extend(bit);
    }
    assert_eq!(whole.len() as u64, size);
    assert_eq!(whole[whole.len() - 4..], [1, 2, 2, 2]);
    assert_eq!(media.read(&kept, part - 1, part + 1).unwrap(), [1]);
    assert_eq!(media.read(&kept, part + 1, size).unwrap(), [2, 2]);
    world.blobs.remove_folder(FOLDER).unwrap();
    let gone = media.read(&kept, 0, 1);
    assert!(matches!(gone, Err(Error::NotFound("file"))));
}

#[test]
fn whoever_was_asked_in_sees_nothing_yet() {
    let world = World::default();
    let chat = ConversationId::new(Uuid::nil());
    let listed = world.media().list(ADA, chat, &Kind::ALL, None, 9);
    assert!(matches!(listed, Err(Error::Denied(Denied::NotAccepted))));
}

#[test]
fn each_store_that_fails_is_reported() {
    fn check<T>(outcome: Result<T, Error>) {
        let error = outcome.err().expect("it fails");
        assert!(matches!(error, Error::Store(_)));
    }
    let world = World::default();
    let id = world.carried(1, 9, Some("image/webp"));
    let links = world.media().links(ADA, &[id]).unwrap().remove(0);
    let without_rows = Media {
        attachments: Arc::new(Broken),
        ..world.media()
    };
    check(without_rows.links(ADA, &[id]));
    let (whole, signature) = link(id, Variant::Content, &links);
    check(without_rows.open(whole, &signature));
    let chat = ConversationId::new(Uuid::nil());
    check(without_rows.list(ADA, chat, &Kind::ALL, None, 9));
    let without_disk = Media {
        blobs: Arc::new(BrokenDisk),
        ..world.media()
    };
    let (small, signature) = link(id, Variant::Thumbnail, &links);
    check(without_disk.open(small, &signature));
    let kept = world.files.attachment(id).unwrap().unwrap();
    check(without_disk.read(&kept, 0, 9));
}
