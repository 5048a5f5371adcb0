//! Messages that are forwarded.

use super::*;

impl World {
    /// A message whose text is another one's.
    fn forward(&self, sender: UserId, chat: ConversationId, of: MessageId) -> NewMessage {
        NewMessage {
            conversation: chat,
            text: Text::gone(),
            forward_of: Some(of),
            ..self.new_message(sender, "-")
        }
    }

    fn try_post(&self, new: &NewMessage) -> Posted {
        let posted = self.database.post_messages(std::slice::from_ref(new));
        posted.unwrap().remove(0)
    }
}

fn text_is_copied_as_it_is_and_hops_are_counted(url: &str) {
    let world = World::new(url);
    let World { ada, ben, .. } = world;
    let source = world.post(NewMessage {
        mentions: vec![ben],
        reply_to: Some(world.say(ben, "which?").id),
        ..world.new_message(ada, "this one")
    });
    world
        .edit_as(world.at(ada, &source), op(), "that one", 10)
        .unwrap();
    let [second, third] = [0; 2].map(|_| group(&world.database, ben, Vec::new()));
    let once = world.forward(ben, second, source.id);
    let Posted::Made(Made::New(copy, events)) = world.try_post(&once) else {
        panic!("it is new")
    };
    assert_eq!((copy.text.as_str(), copy.forwarded), ("that one", 1));
    assert_eq!((copy.reply_to, &copy.mentions), (None, &Vec::new()));
    assert_eq!((copy.edited_at, copy.sender_id), (None, ben));
    let event: serde_json::Value = serde_json::from_str(&events[0].payload).unwrap();
    assert_eq!(event["message"], serde_json::to_value(&copy).unwrap());

    let twice = world.post(world.forward(ben, third, copy.id));
    assert_eq!((twice.text.as_str(), twice.forwarded), ("that one", 2));
    // The copy is another message: it stays when the first one is deleted, and so does its answer.
    world.delete(world.at(ada, &source), 20).unwrap();
    assert_eq!(
        world.try_post(&once),
        Posted::Made(Made::Replayed(copy.clone()))
    );
    let read = world.database.messages(second, ben, Cursor::Latest, 9);
    assert_eq!(read.unwrap().unwrap().items, [copy]);
}

fn nobody_forwards_what_they_do_not_read(url: &str) {
    let world = World::new(url);
    let World { ada, ben, .. } = world;
    let [early, deleted, hidden, said] =
        ["early", "deleted", "hidden", "said"].map(|text| world.say(ada, text));
    world.delete(world.at(ada, &deleted), 0).unwrap();
    world.hide(world.at(ben, &hidden));
    let [cat, eve] = ["cat", "eve"].map(|handle| user(&world.database, handle));
    world.change(world.chat, cat, MemberAct::Add);
    let late = world.say(ada, "late");
    let check = |sender, message: MessageId| {
        let own = group(&world.database, sender, Vec::new());
        let posted = world.try_post(&world.forward(sender, own, message));
        assert_eq!(posted, Posted::Refused(Refused::NoForwardOf));
        let read = world.database.messages(own, sender, Cursor::Latest, 9);
        assert_eq!(read.unwrap().unwrap().items, []);
    };
    check(ada, deleted.id);
    check(ben, hidden.id);
    check(cat, early.id);
    check(eve, said.id);
    check(ada, MessageId::new(Uuid::now_v7()));
    // Who has left, and who is asked back.
    world.change(world.chat, ben, MemberAct::Remove);
    check(ben, said.id);
    world.change(world.chat, ben, MemberAct::Add);
    check(ben, said.id);
    let own = group(&world.database, cat, Vec::new());
    let forwarded = world.post(world.forward(cat, own, late.id));
    assert_eq!(forwarded.text.as_str(), "late");
    let elsewhere = group(&world.database, ada, Vec::new());
    let not_inside = world.try_post(&world.forward(cat, elsewhere, late.id));
    assert_eq!(not_inside, Posted::Refused(Denied::NotFound.into()));
}

/// Messages of others that are committed with one that is refused.
fn refused_one_leaves_the_others_of_its_batch(url: &str) {
    let world = World::new(url);
    let nothing = MessageId::new(Uuid::now_v7());
    let batch = [
        world.new_message(world.ben, "before"),
        world.forward(world.ada, world.chat, nothing),
        world.new_message(world.ben, "behind"),
    ];
    let posted = world.database.post_messages(&batch).unwrap();
    assert_eq!(posted[1], Posted::Refused(Refused::NoForwardOf));
    assert_eq!(world.texts(world.ada), ["before", "behind"]);
}

facts! {
    text_is_copied_as_it_is_and_hops_are_counted,
    nobody_forwards_what_they_do_not_read,
    refused_one_leaves_the_others_of_its_batch,
}
