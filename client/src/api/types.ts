/** The names under which the rest of the client knows the contract's schemas. */
import type { components } from './schema';

type Schemas = components['schemas'];

export type User = Schemas['User'];
export type Session = Schemas['Session'];
export type Message = Schemas['Message'];
export type Receipt = Schemas['Receipt'];
export type TopicPosition = Schemas['TopicPosition'];
export type Conversation = Schemas['Conversation'];
/** A page of the user's chats, the newest first; a server without pages names no next one. */
export type ConversationPage = Schemas['ConversationList'] & { next?: string | null };
export type MessagePage = Schemas['MessagePage'];
export type Changes = Schemas['Changes'];
export type LoggedChange = Schemas['LoggedChange'];
export type ChatEvent = Schemas['ChatEvent'];
export type NewConversation = Schemas['NewConversation'];
export type Credentials = Schemas['Credentials'];
export type Registration = Schemas['Registration'];
export type UserList = Schemas['UserList'];
export type ClientConfig = Schemas['ClientConfig'];
