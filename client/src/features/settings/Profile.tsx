import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import {
  useChangeProfileMutation,
  useOwnProfileQuery,
  useSetOwnPictureMutation,
} from '@/api/profiles';
import type { Profile as Shown } from '@/api/types';
import { PaneHeader } from '@/components/PaneHeader';
import { PictureEditor } from '@/components/picture/PictureEditor';
import { Alert } from '@/components/ui/Alert';
import { LoadFailure } from '@/components/ui/LoadFailure';
import { Skeleton } from '@/components/ui/Skeleton';
import { TextArea } from '@/components/ui/TextArea';
import { TextField } from '@/components/ui/TextField';
import { nameOf } from '@/lib/names';
import { selectSelf } from '@/model/session';
import { useAppSelector } from '@/store/hooks';
import './settings.css';

const ABOUT_MAX = 139;

/** What the user shows of themselves: picture, name, and what they say. */
export function Profile() {
  const { t } = useTranslation();
  const self = useAppSelector(selectSelf);
  const { data, error, refetch, isFetching } = useOwnProfileQuery();
  const [setPicture] = useSetOwnPictureMutation();
  if (!self) return null;
  return (
    <>
      <PaneHeader title={t('profile.title')} backTo="/settings" />
      <div className="pane-body pane-ground settings">
        <PictureEditor
          id={self.id}
          name={nameOf(self)}
          picture={self.picture_id}
          onSet={(attachmentId) => setPicture(attachmentId)}
        />
        <LoadFailure error={error} isFetching={isFetching} onRetry={() => void refetch()} />
        {data ? <Fields profile={data} /> : !error && <Skeleton of="rows" />}
      </div>
    </>
  );
}

function Fields({ profile }: { profile: Shown }) {
  const { t } = useTranslation();
  // As the fields began: what somebody changes elsewhere meanwhile is not taken back.
  const [opened, setOpened] = useState(profile);
  const [name, setName] = useState(profile.display_name);
  const [about, setAbout] = useState(profile.about);
  const [change, { error, isLoading, isSuccess }] = useChangeProfileMutation();
  const same = name === opened.display_name && about === opened.about;
  const save = async (event: SyntheticEvent) => {
    event.preventDefault();
    if (same) return;
    const { data } = await change({
      ...(name === opened.display_name ? {} : { display_name: name }),
      ...(about === opened.about ? {} : { about }),
    });
    if (!data) return;
    setOpened(data);
    setName(data.display_name);
    setAbout(data.about);
  };
  return (
    <form className="card settings-card profile-fields" onSubmit={(event) => void save(event)}>
      <TextField
        label={t('profile.name')}
        value={name}
        autoComplete="name"
        required
        onChange={(event) => setName(event.target.value)}
      />
      <TextArea
        label={t('profile.about')}
        value={about}
        maxLength={ABOUT_MAX}
        onChange={(event) => setAbout(event.target.value)}
      />
      <Alert error={error} />
      {isSuccess && same && <p role="status">{t('profile.saved')}</p>}
      <button type="submit" className="button button-primary" disabled={isLoading || same}>
        {t('profile.save')}
      </button>
    </form>
  );
}
