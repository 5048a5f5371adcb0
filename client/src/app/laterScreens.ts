/** All screens but the lists of chats: what they need is no part of the first load. */
import { lazy } from 'react';
import { loadLaterTexts } from '@/i18n/i18n';

/** A file of a screen, once what it says is loaded, too. */
async function withTexts<File>(file: Promise<File>): Promise<File> {
  const [loaded] = await Promise.all([file, loadLaterTexts()]);
  return loaded;
}

const authScreen = () => withTexts(import('@/features/auth/AuthScreen'));
const conversation = () => withTexts(import('@/features/conversation/Conversation'));
const chatInfo = () => withTexts(import('@/features/chat-info/ChatInfo'));
const chatSearch = () => withTexts(import('@/features/search/ChatSearch'));
const chatMedia = () => withTexts(import('@/features/chat-media/ChatMedia'));
const addPeople = () => withTexts(import('@/features/chat-info/AddPeople'));
const archivedList = () => withTexts(import('@/features/chat-list/ArchivedList'));
const requestList = () => withTexts(import('@/features/chat-list/RequestList'));
const newChat = () => withTexts(import('@/features/new-chat/NewChat'));
const newGroup = () => withTexts(import('@/features/new-chat/NewGroup'));
const settings = () => withTexts(import('@/features/settings/Settings'));
const starred = () => withTexts(import('@/features/starred/Starred'));
const share = () => withTexts(import('@/features/share/Share'));
const joinScreen = () => withTexts(import('@/features/join/Join'));
const profile = () => withTexts(import('@/features/settings/Profile'));
const security = () => withTexts(import('@/features/settings/Security'));
const blockedPeople = () => withTexts(import('@/features/settings/BlockedPeople'));

export const AuthScreen = lazy(() => authScreen().then((file) => ({ default: file.AuthScreen })));
export const Conversation = lazy(() =>
  conversation().then((file) => ({ default: file.Conversation })),
);
export const ChatInfo = lazy(() => chatInfo().then((file) => ({ default: file.ChatInfo })));
export const ChatSearch = lazy(() => chatSearch().then((file) => ({ default: file.ChatSearch })));
export const ChatMedia = lazy(() => chatMedia().then((file) => ({ default: file.ChatMedia })));
export const AddPeople = lazy(() => addPeople().then((file) => ({ default: file.AddPeople })));
export const ArchivedList = lazy(() =>
  archivedList().then((file) => ({ default: file.ArchivedList })),
);
export const RequestList = lazy(() =>
  requestList().then((file) => ({ default: file.RequestList })),
);
export const NewChat = lazy(() => newChat().then((file) => ({ default: file.NewChat })));
export const NewGroup = lazy(() => newGroup().then((file) => ({ default: file.NewGroup })));
export const Settings = lazy(() => settings().then((file) => ({ default: file.Settings })));
export const Starred = lazy(() => starred().then((file) => ({ default: file.Starred })));
export const Share = lazy(() => share().then((file) => ({ default: file.Share })));
export const Join = lazy(() => joinScreen().then((file) => ({ default: file.Join })));
export const Profile = lazy(() => profile().then((file) => ({ default: file.Profile })));
export const Security = lazy(() => security().then((file) => ({ default: file.Security })));
export const BlockedPeople = lazy(() =>
  blockedPeople().then((file) => ({ default: file.BlockedPeople })),
);

/**
 * Fetches all of them: whoever opens one waits for nothing, and has them without a network, too.
 * What tells the user's other devices of drafts comes with them.
 */
export async function loadLaterScreens(): Promise<void> {
  const screens = [
    conversation,
    () => import('@/features/conversation/voice/recorder'),
    () => import('@/features/conversation/voice/VoiceLine'),
    authScreen,
    chatInfo,
    chatMedia,
    chatSearch,
    addPeople,
    archivedList,
    requestList,
    () => import('@/features/chat-list/ChatMenu'),
    () => import('@/delivery/drafts'),
    newChat,
    newGroup,
    joinScreen,
    settings,
    profile,
    security,
    share,
    starred,
    blockedPeople,
  ];
  await Promise.all(screens.map((load) => load().catch(() => null)));
}
