import { useId, useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useChangeGroupMutation, useSetGroupPictureMutation } from '@/api/profiles';
import { PictureEditor } from '@/components/picture/PictureEditor';
import { Alert } from '@/components/ui/Alert';
import { TextArea } from '@/components/ui/TextArea';
import { TextField } from '@/components/ui/TextField';
import { useModal } from '@/components/useModal';
import type { Chat } from '@/model/chats/types';

const DESCRIPTION_MAX = 512;

/** What a group shows of itself, for those who may say so. */
export function EditGroup({ chat, onClose }: { chat: Chat; onClose: () => void }) {
  const { t } = useTranslation();
  const dialog = useModal();
  const titleId = useId();
  const conversationId = chat.id;
  // As the fields began: what another admin changes meanwhile is not taken back.
  const [opened] = useState({ title: chat.title ?? '', description: chat.description });
  const [title, setTitle] = useState(opened.title);
  const [description, setDescription] = useState(opened.description);
  const [change, { error, isLoading }] = useChangeGroupMutation();
  const [setPicture] = useSetGroupPictureMutation();
  const save = async (event: SyntheticEvent) => {
    event.preventDefault();
    const changed = {
      ...(title === opened.title ? {} : { title }),
      ...(description === opened.description ? {} : { description }),
    };
    const told = Object.keys(changed).length > 0 && (await change({ conversationId, ...changed }));
    if (!told || !told.error) onClose();
  };
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={titleId} onClose={onClose}>
      <h2 id={titleId}>{t('profile.editGroup')}</h2>
      <form className="profile-fields" onSubmit={(event) => void save(event)}>
        <PictureEditor
          id={chat.id}
          name={chat.title ?? ''}
          picture={chat.pictureId}
          onSet={(attachmentId) => setPicture({ conversationId, attachmentId })}
        />
        <TextField
          label={t('profile.groupName')}
          value={title}
          required
          onChange={(event) => setTitle(event.target.value)}
        />
        <TextArea
          label={t('profile.description')}
          value={description}
          maxLength={DESCRIPTION_MAX}
          onChange={(event) => setDescription(event.target.value)}
        />
        <Alert error={error} />
        <div className="dialog-actions">
          <button type="button" className="button button-quiet" onClick={onClose}>
            {t('common.cancel')}
          </button>
          <button type="submit" className="button button-primary" disabled={isLoading}>
            {t('profile.save')}
          </button>
        </div>
      </form>
    </dialog>
  );
}
