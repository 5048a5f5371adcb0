import type { ReactNode } from 'react';
import { FileTile } from './FileTile';
import { Picture } from './Picture';
import { Player } from './Player';
import { Sending } from './Sending';
import type { Shown } from './shown';
import { Video } from './Video';
import './media.css';

interface Props {
  shown: Shown;
  /** Who speaks in a voice note. */
  face?: ReactNode;
  /** It is on its way: it can be ended. */
  sending: boolean;
  /** Shows a picture large. */
  onOpen?: (() => void) | undefined;
}

/** What a message carries, each kind as people use it. */
export function AttachmentView({ shown, face, sending, onOpen }: Props) {
  const { file, clientMsgId } = shown;
  const ring = sending ? <Sending clientMsgId={clientMsgId} size={file.size} /> : undefined;
  switch (file.kind) {
    case 'picture':
      return (
        <Picture shown={shown} onOpen={onOpen}>
          {ring}
        </Picture>
      );
    case 'video':
      return <Video shown={shown}>{ring}</Video>;
    case 'audio':
      return <Player shown={shown}>{ring}</Player>;
    case 'voice':
      return (
        <Player shown={shown} face={face}>
          {ring}
        </Player>
      );
    case 'file':
      return <FileTile shown={shown}>{ring}</FileTile>;
  }
}
