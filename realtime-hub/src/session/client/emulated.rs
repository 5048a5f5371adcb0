//! A client whose commands come by requests of their own.

use std::time::{Duration, Instant};

use actix::{Addr, AsyncContext as _, Context, SpawnHandle};
use bytes::Bytes;
use shared_proto::client::v1::Command;
use uuid::Uuid;

use super::{ClientSession, Stage, arrival::Arrival};
use crate::{
    protocol::{codec::Commands, codes::Close},
    session::emulation::Sessions,
};

/// How long requests wait for one that they have overtaken.
const OVERTAKEN_WITHIN: Duration = Duration::from_millis(250);

/// What a session needs for requests to speak for it.
pub(super) struct Emulated {
    /// By which name they do.
    pub(super) name: Uuid,
    pub(super) arrival: Arrival,
    /// Ends the wait for a request that another one has overtaken.
    patience: Option<SpawnHandle>,
}

impl Emulated {
    pub(super) fn new(sessions: &Sessions, session: Addr<ClientSession>) -> Self {
        Self {
            name: sessions.add(session),
            arrival: Arrival::default(),
            patience: None,
        }
    }
}

impl ClientSession {
    /// Takes the commands of one request.
    pub(super) fn receive_request(&mut self, body: Bytes, ctx: &mut Context<Self>) {
        if !matches!(self.stage, Stage::Open(_)) {
            return self.receive(body, ctx);
        }
        let bytes = body.len();
        let mut commands = Vec::new();
        for command in Commands::new(self.wire, body) {
            match command {
                Ok(command) if self.commands.take(Instant::now()) => commands.push(command),
                Ok(_) => return self.outbox.close(Close::TOO_MANY_REQUESTS),
                Err(error) => {
                    tracing::debug!(%error, "request refused");
                    return self.outbox.close(Close::BAD_REQUEST);
                }
            }
        }
        let Some(emulated) = &mut self.emulated else {
            return;
        };
        let arrived = emulated.arrival.arrive(commands, bytes);
        self.carry_out(arrived, ctx);
    }

    fn carry_out(&mut self, commands: Vec<Command>, ctx: &mut Context<Self>) {
        let Some(emulated) = &mut self.emulated else {
            return;
        };
        let is_stuck = commands.is_empty();
        if let Some(patience) = emulated.patience.take_if(|_| !is_stuck) {
            ctx.cancel_future(patience);
        }
        if emulated.arrival.waits() && emulated.patience.is_none() {
            let patience = ctx.run_later(OVERTAKEN_WITHIN, Self::give_up);
            emulated.patience = Some(patience);
        }
        for command in commands {
            self.services.counters.commands.add(1);
            self.perform(command, ctx);
        }
    }

    fn give_up(&mut self, ctx: &mut Context<Self>) {
        if let Some(emulated) = &mut self.emulated {
            emulated.patience = None;
            let waiting = emulated.arrival.give_up();
            self.carry_out(waiting, ctx);
        }
    }
}
