/** The names under which the rest of the client knows the contract's schemas. */
import type { components } from './schema';

type Schemas = components['schemas'];

export type User = Schemas['User'];
/** A person with all that they show of themselves. */
export type Profile = Schemas['Profile'];
export type ProfileChange = Schemas['ProfileChange'];
/** What admins say of a group. */
export type InfoChange = Schemas['InfoChange'];
/** Somebody in a conversation, with the role that they have there. */
export type Member = Schemas['Member'];
export type Role = Schemas['Role'];
/** `contacted`: a stranger wrote first; `requested`: asked back to a group. Both wait for a yes. */
export type MemberState = Schemas['MemberState'];
export type WhoMayAdd = Schemas['WhoMayAdd'];
/** What a person has chosen on the server, for all their devices. */
export type PrivacySettings = Schemas['Settings'];
export type BlockedPage = Schemas['BlockedPage'];
/** Whether a code is asked for at sign-in. */
export type SecondFactor = Schemas['SecondFactor'];
/** What an authenticator app needs. */
export type TotpSecret = Schemas['TotpSecret'];
/** Codes that are good once each, and told once. */
export type RecoveryCodes = Schemas['RecoveryCodes'];
export type AccountDeletion = Schemas['AccountDeletion'];
export type KnownPassword = Schemas['KnownPassword'];
export type ShownCode = Schemas['ShownCode'];
export type BothFactors = Schemas['BothFactors'];
export type Session = Schemas['Session'];
export type Message = Schemas['Message'];
/** What the user has begun to write, as the server keeps it for all their devices. */
export type Draft = Schemas['Draft'];
export type NewDraft = Schemas['NewDraft'];
/** What a message carries besides its text; it is loaded by links. */
export type Attachment = Schemas['Attachment'];
export type AttachmentKind = Schemas['AttachmentKind'];
/** What a message shows of the page that it links to. */
export type LinkPreview = Schemas['LinkPreview'];
/** What the recorder of a voice note has measured. */
export type NewVoice = Schemas['NewVoice'];
export type NewUpload = Schemas['NewUpload'];
export type Upload = Schemas['Upload'];
export type LinkList = Schemas['LinkList'];
/** Unread messages that name the user. */
export type MentionList = Schemas['MentionList'];
/** A page of a chat's messages that carry something, the newest first. */
export type MediaPage = Schemas['MediaList'];
/** What a message has said, the first text first. */
export type VersionList = Schemas['VersionList'];
/** How many have reacted to a message with one emoji; of up to 32 members also who. */
export type Reaction = Schemas['Reaction'];
/** A page of who has reacted, and how. */
export type ReactionPage = Schemas['ReactionList'];
/** A message that stands above its chat until a time. */
export type Pin = Schemas['Pin'];
/** A page of messages that the user has starred, the last one first. */
export type StarredPage = Schemas['StarredList'];
/** A page of messages that were found by their words, the newest first. */
export type FoundPage = Schemas['FoundMessages'];
/** A page of how far the others have got with a message. */
export type MessageInfoPage = Schemas['MessageInfo'];
/** How far somebody has got with a message. */
export type Reach = Schemas['Reach'];
export type Receipt = Schemas['Receipt'];
export type TopicPosition = Schemas['TopicPosition'];
/** How the user has arranged a chat for themselves, on all their devices. */
export type ChatSettings = Schemas['ChatSettings'];
export type ChatSettingsChange = Schemas['ChatSettingsChange'];
export type Conversation = Schemas['Conversation'];
/** A page of the user's chats, the newest first. */
export type ConversationPage = Schemas['ConversationList'];
export type HeadPage = Schemas['HeadList'];
export type MemberPage = Schemas['MemberList'];
export type MessagePage = Schemas['MessagePage'];
export type Changes = Schemas['Changes'];
export type LoggedChange = Schemas['LoggedChange'];
export type ChatEvent = Schemas['ChatEvent'];
export type NewMessage = Schemas['NewMessage'];
export type MessageEdit = Schemas['MessageEdit'];
export type NewConversation = Schemas['NewConversation'];
/** Somewhere the user is signed in. */
export type DeviceSession = Schemas['DeviceSession'];
export type SessionList = Schemas['SessionList'];
export type PasswordChange = Schemas['NewPassword'];
/** A link into a group, and what it leads to. */
export type Invite = Schemas['Invite'];
export type InviteList = Schemas['InviteList'];
export type Invitation = Schemas['Invitation'];
export type Credentials = Schemas['Credentials'];
export type Registration = Schemas['Registration'];
export type UserList = Schemas['UserList'];
export type ClientConfig = Schemas['ClientConfig'];
