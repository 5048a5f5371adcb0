#![expect(unused_imports, reason = "each is for changes that are under way")]
pub(crate) use crate::{
    connection::registry as users,
    cores::{circuit_breaker, delivered as acks, gateway as core_gateway},
    counters as stats, identity as authority,
    identity::{api_keys, jwt as token_keys},
    rooms::directory,
    session::{admission, listening, publishing, seating as subscribing},
};
pub(crate) mod hub {
    pub(crate) use crate::{
        limits::{connect_pace, places as limits, rate_limit},
        topic::{log as topic_log, *},
    };
}
pub(crate) mod transport {
    pub(crate) use crate::{
        connection::{link, outbox, positioned},
        protocol::websocket as frames,
        socket::{reader, stream, tls, writer},
    };
}
pub(crate) mod actors {
    pub(crate) mod topic_room {
        pub(crate) use crate::rooms::{actor::*, messages::*};
    }
    pub(crate) use crate::session::{client as client_session, event_stream};
}
