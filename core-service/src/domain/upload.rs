//! How files come: part by part, so that a line that breaks costs one part.

use super::{
    attachment::{FileName, NotAVoice, Voice},
    ids::{AttachmentId, ClientId, UserId},
    time::Timestamp,
};

/// Bytes of each part but the last, which is the rest. What is stored has pieces of this length, so
/// another one needs a column that says which.
pub const PART_BYTES: i64 = 1024 * 1024;

/// Longest type that a client may claim, in characters.
pub const TYPE_MAX_CHARS: usize = 127;

/// Largest file that is made anew as a picture, in bytes: it is read whole.
pub const PICTURE_MAX_BYTES: i64 = 32 * 1024 * 1024;

/// Most pixels of a picture: what a decoder needs for them fits into a core's 512 MiB.
pub const PICTURE_MAX_PIXELS: u64 = 25_000_000;

/// What a file counts as in the quota at least: a folder and its entries take room, too, and they are
/// removed one by one.
pub const FILE_MIN_BYTES: i64 = 64 * 1024;

/// How long a folder that could not be removed is left alone, and at most after further failures.
const PUT_OFF_S: i64 = 60;
const PUT_OFF_MAX_S: i64 = 60 * 60;

/// What a file of `bytes` bytes counts as in its owner's quota.
#[must_use]
pub fn charged_bytes(bytes: i64) -> i64 {
    bytes.max(FILE_MIN_BYTES)
}

/// Bytes that may lie in the blob store of an upload: those that have come, and a part that is coming at
/// this moment.
#[must_use]
pub fn stored_bytes(size: i64, received: i64) -> i64 {
    size.min(received + PART_BYTES)
}

/// How long a folder is left alone that could not be removed, after as many failures before this one.
#[must_use]
pub fn put_off_s(failures: i64) -> i64 {
    let doublings = u32::try_from(failures).unwrap_or(u32::MAX);
    let longer = 1_i64.checked_shl(doublings.min(32)).unwrap_or(i64::MAX);
    PUT_OFF_S.saturating_mul(longer).min(PUT_OFF_MAX_S)
}

/// Something that somebody is sending, or has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Which. Also the name of the attachment that it becomes.
    pub id: AttachmentId,
    /// Who sends it.
    pub owner: UserId,
    /// What their client calls it.
    pub client_upload_id: ClientId,
    /// What the file is called.
    pub name: FileName,
    /// What the client says that it is; shown to nobody.
    pub claimed_type: String,
    /// In bytes.
    pub size: i64,
    /// What the recorder of a voice note has measured.
    pub voice: Option<Voice>,
    /// Bytes that have come, from the beginning on.
    pub received: i64,
    /// When it is forgotten, unless more of it comes.
    pub expires_at: Timestamp,
}

/// Why something is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UploadDenied {
    /// It has no byte.
    #[error("an empty file cannot be sent")]
    Empty,
    /// It is larger than the operator allows.
    #[error("a file has at most {max_bytes} bytes here")]
    FileTooLarge {
        /// What is allowed.
        max_bytes: i64,
    },
    /// Its owner would have more than the operator allows.
    #[error("your files have at most {quota_bytes} bytes here; delete messages with some of them")]
    QuotaExceeded {
        /// What is allowed.
        quota_bytes: i64,
    },
    /// Its owner is sending as much at a time as the operator allows.
    #[error("you are sending {open_max} files already; finish or cancel one of them")]
    TooManyOpen {
        /// What is allowed.
        open_max: i64,
    },
    /// A voice note cannot be like this.
    #[error(transparent)]
    Voice(#[from] NotAVoice),
    /// A part is not the next one.
    #[error("the next part begins at {received}")]
    WrongOffset {
        /// Where the next part begins.
        received: i64,
    },
    /// A part has another length than [`PART_BYTES`], or the last one than the rest.
    #[error("the part at this place has {expected} bytes")]
    WrongPartSize {
        /// Which length it must have.
        expected: i64,
    },
    /// A part that has come already had other bytes.
    #[error("this part has come with other bytes; cancel the upload and begin anew")]
    OtherBytes,
    /// Not all of it has come.
    #[error("the next part begins at {received}; send the rest first")]
    Incomplete {
        /// Where the next part begins.
        received: i64,
    },
    /// A picture has more than [`PICTURE_MAX_PIXELS`] or [`PICTURE_MAX_BYTES`].
    #[error("this picture is too large; make it smaller than 25 megapixels and 32 MiB")]
    PictureTooLarge,
    /// A picture cannot be read.
    #[error("this picture is broken, or of a form that cannot be read")]
    PictureBroken,
    /// A message has it.
    #[error("this file was sent; delete the message")]
    Sent,
}

/// What a part is to an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The next one.
    Next,
    /// One that has come.
    Repeated,
}

impl Upload {
    /// What a part of `bytes` bytes at `offset` is.
    ///
    /// # Errors
    /// [`UploadDenied::WrongOffset`], [`UploadDenied::WrongPartSize`].
    pub fn part(&self, offset: i64, bytes: i64) -> Result<Part, UploadDenied> {
        let begins = (0..=self.received).contains(&offset) && offset % PART_BYTES == 0;
        if !begins || offset >= self.size {
            return Err(UploadDenied::WrongOffset {
                received: self.received,
            });
        }
        let expected = PART_BYTES.min(self.size - offset);
        if bytes != expected {
            return Err(UploadDenied::WrongPartSize { expected });
        }
        Ok(if offset == self.received {
            Part::Next
        } else {
            Part::Repeated
        })
    }

    /// # Errors
    /// [`UploadDenied::Incomplete`] while something is missing.
    pub fn check_complete(&self) -> Result<(), UploadDenied> {
        if self.received < self.size {
            return Err(UploadDenied::Incomplete {
                received: self.received,
            });
        }
        Ok(())
    }
}

/// Where a byte of something stored is: in which piece.
#[must_use]
pub fn piece_at(offset: i64) -> i64 {
    offset / PART_BYTES
}

/// A type as a client may claim it; nothing of what is none.
#[must_use]
pub fn claimed_type(claim: &str) -> String {
    let is_plain = claim.len() <= TYPE_MAX_CHARS && claim.chars().all(|one| one.is_ascii_graphic());
    if is_plain { claim } else { "" }.to_owned()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const REST: i64 = 7;

    /// Of two parts and a rest, of which `received` bytes have come.
    fn upload(received: i64) -> Upload {
        Upload {
            id: AttachmentId::new(Uuid::nil()),
            owner: UserId::new(Uuid::nil()),
            client_upload_id: ClientId::new(Uuid::nil()),
            name: FileName::of_claim("a"),
            claimed_type: String::new(),
            size: 2 * PART_BYTES + REST,
            voice: None,
            received,
            expires_at: Timestamp::from_micros(0),
        }
    }

    #[test]
    fn parts_follow_each_other_and_may_be_repeated() {
        let half = upload(PART_BYTES);
        assert_eq!(half.part(PART_BYTES, PART_BYTES), Ok(Part::Next));
        assert_eq!(half.part(0, PART_BYTES), Ok(Part::Repeated));
        let wrong = UploadDenied::WrongOffset {
            received: PART_BYTES,
        };
        for offset in [-PART_BYTES, 1, PART_BYTES + 1, 2 * PART_BYTES] {
            assert_eq!(half.part(offset, PART_BYTES), Err(wrong));
        }
        let all = upload(2 * PART_BYTES + REST);
        assert_eq!(all.part(2 * PART_BYTES, REST), Ok(Part::Repeated));
        assert!(all.part(all.size, 0).is_err());
    }

    #[test]
    fn each_part_has_one_length() {
        for (received, expected) in [(0, PART_BYTES), (2 * PART_BYTES, REST)] {
            let upload = upload(received);
            assert_eq!(upload.part(received, expected), Ok(Part::Next));
            for bytes in [0, expected - 1, expected + 1] {
                let denied = UploadDenied::WrongPartSize { expected };
                assert_eq!(upload.part(received, bytes), Err(denied));
            }
        }
    }

    #[test]
    fn complete_is_what_has_come_to_its_last_byte() {
        let received = 2 * PART_BYTES;
        let denied = UploadDenied::Incomplete { received };
        assert_eq!(upload(received).check_complete(), Err(denied));
        assert_eq!(upload(received + REST).check_complete(), Ok(()));
    }

    #[test]
    fn what_lies_there_counts_and_never_as_nothing() {
        let stored = |received| stored_bytes(upload(0).size, received);
        assert_eq!(stored(0), PART_BYTES);
        assert_eq!(stored(PART_BYTES), 2 * PART_BYTES);
        assert_eq!(stored(2 * PART_BYTES), 2 * PART_BYTES + REST);
        assert_eq!(charged_bytes(1), FILE_MIN_BYTES);
        assert_eq!(charged_bytes(FILE_MIN_BYTES + 1), FILE_MIN_BYTES + 1);
    }

    #[test]
    fn what_fails_again_is_left_alone_for_longer() {
        let put_off: Vec<i64> = [0, 1, 5, 6, 40, i64::MAX].map(put_off_s).into();
        assert_eq!(put_off, [60, 120, 1_920, 3_600, 3_600, 3_600]);
    }

    #[test]
    fn claimed_type_is_plain_or_nothing() {
        assert_eq!(
            claimed_type("audio/webm;codecs=opus"),
            "audio/webm;codecs=opus"
        );
        for claim in ["", "a b", "é/x", "a\n", &"a".repeat(TYPE_MAX_CHARS + 1)] {
            assert_eq!(claimed_type(claim), "");
        }
    }
}
