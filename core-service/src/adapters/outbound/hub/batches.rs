//! Envelopes in requests that the hub can take.

use prost::Message as _;
use shared_proto::hub::v1::{Envelope, PublishRequest, envelope::Body};

/// Encoded bytes of one request; a hub takes 4 MiB.
const BYTES_MAX: usize = 1024 * 1024;

/// Encoded bytes of one envelope; none that a use case makes comes near.
const ENVELOPE_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Requests with these envelopes, in their order, and the envelopes that fit into none.
pub(super) fn batches(envelopes: Vec<Envelope>) -> (Vec<PublishRequest>, Vec<Envelope>) {
    let (mut requests, mut too_large) = (Vec::new(), Vec::new());
    let (mut current, mut bytes) = (Vec::new(), 0);
    for envelope in envelopes {
        let length = envelope.encoded_len();
        if length > ENVELOPE_BYTES_MAX {
            too_large.push(envelope);
            continue;
        }
        if bytes + length > BYTES_MAX && !current.is_empty() {
            let envelopes = std::mem::take(&mut current);
            requests.push(PublishRequest { envelopes });
            bytes = 0;
        }
        bytes += length;
        current.push(envelope);
    }
    if !current.is_empty() {
        requests.push(PublishRequest { envelopes: current });
    }
    (requests, too_large)
}

/// Topic and offset of an envelope with a logged event.
pub(super) fn logged_at(envelope: &Envelope) -> Option<(&str, u64)> {
    match envelope.body.as_ref()? {
        Body::Logged(event) => Some((&event.topic, event.offset)),
        Body::Receipts(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use shared_proto::core::v1::LoggedEvent;

    use super::*;

    fn envelope(offset: u64, bytes: usize) -> Envelope {
        let event = LoggedEvent {
            topic: "chat:a".into(),
            offset,
            data: vec![b'x'; bytes].into(),
            ..LoggedEvent::default()
        };
        Envelope {
            body: Some(Body::Logged(event)),
        }
    }

    #[test]
    fn requests_are_bounded_in_bytes_and_keep_the_order() {
        // As many and as long as the longest texts of control characters make them.
        let envelopes = (0..256).map(|offset| envelope(offset, 24 * 1024));
        let (requests, too_large) = batches(envelopes.collect());
        assert!(too_large.is_empty());
        assert!(requests.len() > 5);
        assert!(
            requests
                .iter()
                .all(|request| request.encoded_len() <= BYTES_MAX + 2 * 1024)
        );
        let sent = requests.iter().flat_map(|request| &request.envelopes);
        let offsets: Vec<u64> = sent.filter_map(logged_at).map(|(_, at)| at).collect();
        assert_eq!(offsets, (0..256).collect::<Vec<_>>());
    }

    #[test]
    fn envelope_that_no_hub_takes_is_set_aside() {
        let envelopes = vec![
            envelope(1, 10),
            envelope(2, ENVELOPE_BYTES_MAX),
            envelope(3, 10),
        ];
        let (requests, too_large) = batches(envelopes);
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].envelopes.len(), 2);
        assert_eq!(logged_at(&too_large[0]), Some(("chat:a", 2)));
    }
}
