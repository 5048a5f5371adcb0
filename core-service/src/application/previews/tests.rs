use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use futures_util::FutureExt as _;
use uuid::Uuid;

use super::*;
use crate::{
    application::{
        error::StoreError,
        ports::{DueFolder, ReadPage},
        testing::{
            Broken, BrokenDisk, CountedIds, FakeClock, MemoryBlobs, MemoryFiles, MemoryPreviews,
            PlainReader,
        },
    },
    domain::{link_preview::Words, upload::UploadDenied},
};

const ADA: UserId = UserId::new(Uuid::from_u128(1));
const ADDRESS: &str = "https://example.org/mills";

/// Pages by their addresses.
#[derive(Default)]
struct FakePages {
    pages: BTreeMap<&'static str, WebPage>,
    asked: Mutex<Vec<String>>,
}

impl PageReader for FakePages {
    fn read_page<'a>(&'a self, address: &'a str) -> ReadPage<'a> {
        let asked = self.asked.lock();
        asked
            .unwrap_or_else(PoisonError::into_inner)
            .push(address.to_owned());
        let page = self.pages.get(address).cloned();
        Box::pin(async move { page })
    }
}

struct World {
    store: Arc<MemoryPreviews>,
    pages: Arc<FakePages>,
    files: Arc<MemoryFiles>,
    blobs: Arc<MemoryBlobs>,
    reader: Arc<PlainReader>,
    clock: Arc<FakeClock>,
}

fn page(image: Option<&[u8]>) -> WebPage {
    WebPage {
        words: Words::of("Mills", "About mills", "Millers").unwrap(),
        image: image.map(<[u8]>::to_vec),
    }
}

impl World {
    fn new() -> Self {
        let pages = FakePages {
            pages: BTreeMap::from([(ADDRESS, page(None))]),
            ..FakePages::default()
        };
        Self {
            store: Arc::default(),
            pages: Arc::new(pages),
            files: Arc::default(),
            blobs: Arc::default(),
            reader: Arc::default(),
            clock: Arc::default(),
        }
    }

    fn previews(&self) -> Previews {
        Previews {
            previews: self.store.clone(),
            pages: Some(self.pages.clone()),
            uploads: self.files.clone(),
            blobs: self.blobs.clone(),
            reader: self.reader.clone(),
            clock: self.clock.clone(),
            ids: Arc::<CountedIds>::default(),
        }
    }

    /// Folders that are removed within a day.
    fn due(&self) -> Vec<DueFolder> {
        let then = self.clock.now().plus_seconds(24 * 60 * 60);
        self.files.due_folders(then, 9).unwrap()
    }
}

fn look(previews: &Previews, address: &str) -> Option<WebPage> {
    previews.look(address).now_or_never().unwrap()
}

#[test]
fn page_is_looked_at_where_that_is_on() {
    let world = World::new();
    let previews = world.previews();
    assert_eq!(look(&previews, ADDRESS), Some(page(None)));
    assert_eq!(look(&previews, "https://example.org/other"), None);
    assert_eq!(previews.features(), ["link_previews"]);
    let off = Previews {
        pages: None,
        ..world.previews()
    };
    assert_eq!(look(&off, ADDRESS), None);
    assert!(off.features().is_empty());
}

#[test]
fn what_is_no_address_is_not_asked() {
    let world = World::new();
    let long = format!("https://example.org/{}", "x".repeat(ADDRESS_MAX_BYTES));
    for address in [
        "",
        "https://example.org/a b",
        "https://example.org/\0",
        &long,
    ] {
        assert_eq!(look(&world.previews(), address), None);
    }
    assert!(world.pages.asked.lock().unwrap().is_empty());
}

#[test]
fn preview_has_a_small_picture_and_waits_for_its_message() {
    let world = World::new();
    let previews = world.previews();
    let made = previews
        .keep(ADA, ADDRESS, page(Some(b"picture of a mill")))
        .unwrap();
    assert_eq!((&made.url[..], &made.title[..]), (ADDRESS, "Mills"));
    let size = PreviewImage {
        width: 4,
        height: 3,
    };
    assert_eq!(made.image, Some(size));
    let (media_type, bytes) = previews.image(made.id).unwrap();
    assert_eq!((&media_type[..], &bytes[..]), ("image/webp", &b"small"[..]));
    let kept = world.store.kept(made.id).unwrap();
    assert_eq!((kept.owner, kept.now), (ADA, world.clock.now()));
    // A process that dies before the preview is kept leaves a folder that is known.
    assert_eq!(world.due().len(), 1);
}

#[test]
fn picture_that_cannot_be_read_is_left_out() {
    let world = World::new();
    let previews = world.previews();
    *world.reader.denies.lock().unwrap() = Some(UploadDenied::PictureTooLarge);
    for image in [&b"picture of a bomb"[..], b"<svg onload=alert(1)>"] {
        let made = previews.keep(ADA, ADDRESS, page(Some(image))).unwrap();
        assert_eq!(made.image, None);
        let missing = previews.image(made.id).unwrap_err();
        assert!(matches!(missing, Error::NotFound("picture")));
    }
    assert!(world.due().is_empty());
}

#[test]
fn each_port_that_fails_is_reported() {
    fn check<T>(outcome: Result<T, Error>) {
        let error = outcome.err().expect("it fails");
        assert!(matches!(error, Error::Store(StoreError::Unavailable(_))));
    }
    let world = World::new();
    let picture = || page(Some(b"picture of a mill"));
    let made = world.previews().keep(ADA, ADDRESS, picture()).unwrap();
    let without_rows = Previews {
        previews: Arc::new(Broken),
        ..world.previews()
    };
    check(without_rows.keep(ADA, ADDRESS, page(None)));
    check(without_rows.image(made.id));
    let without_folders = Previews {
        uploads: Arc::new(Broken),
        ..world.previews()
    };
    check(without_folders.keep(ADA, ADDRESS, picture()));
    let without_disk = Previews {
        blobs: Arc::new(BrokenDisk),
        ..world.previews()
    };
    check(without_disk.keep(ADA, ADDRESS, picture()));
    check(without_disk.image(made.id));
}
