/** All screens but the lists of chats: what they need is no part of the first load. */
import { lazy } from 'react';

const authScreen = () => import('@/features/auth/AuthScreen');
const conversation = () => import('@/features/conversation/Conversation');
const chatInfo = () => import('@/features/chat-info/ChatInfo');
const addPeople = () => import('@/features/chat-info/AddPeople');
const newChat = () => import('@/features/new-chat/NewChat');
const newGroup = () => import('@/features/new-chat/NewGroup');
const settings = () => import('@/features/settings/Settings');
const blockedPeople = () => import('@/features/settings/BlockedPeople');

export const AuthScreen = lazy(() => authScreen().then((file) => ({ default: file.AuthScreen })));
export const Conversation = lazy(() =>
  conversation().then((file) => ({ default: file.Conversation })),
);
export const ChatInfo = lazy(() => chatInfo().then((file) => ({ default: file.ChatInfo })));
export const AddPeople = lazy(() => addPeople().then((file) => ({ default: file.AddPeople })));
export const NewChat = lazy(() => newChat().then((file) => ({ default: file.NewChat })));
export const NewGroup = lazy(() => newGroup().then((file) => ({ default: file.NewGroup })));
export const Settings = lazy(() => settings().then((file) => ({ default: file.Settings })));
export const BlockedPeople = lazy(() =>
  blockedPeople().then((file) => ({ default: file.BlockedPeople })),
);

/** Fetches all of them: whoever opens one waits for nothing, and has them without a network, too. */
export async function loadLaterScreens(): Promise<void> {
  const screens = [
    conversation,
    authScreen,
    chatInfo,
    addPeople,
    newChat,
    newGroup,
    settings,
    blockedPeople,
  ];
  await Promise.all(screens.map((load) => load().catch(() => null)));
}
