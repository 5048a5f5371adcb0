import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useLogoutMutation } from '@/api/auth';
import { PaneHeader } from '@/components/PaneHeader';
import { Alert } from '@/components/ui/Alert';
import { Avatar } from '@/components/ui/Avatar';
import { ConfirmDialog } from '@/components/ui/ConfirmDialog';
import { Icon } from '@/components/ui/Icon';
import { DESKTOP_INPUT, useMediaQuery } from '@/components/useMediaQuery';
import { APPLE } from '@/lib/keyboard';
import { nameOf } from '@/lib/names';
import { unsentInWords } from '@/lib/unsent';
import { selectSelf } from '@/model/session';
import { themeChosen, type Theme } from '@/model/settings';
import { useAppDispatch, useAppSelector } from '@/store/hooks';
import { selectUnsent } from '@/store/selectors';
import { LanguageChooser } from './LanguageChooser';
import { Privacy } from './Privacy';
import './settings.css';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

const MODIFIERS = APPLE ? 'Control + Option' : 'Alt';

const SHORTCUTS = [
  [`${MODIFIERS} + N`, 'common.newChat'],
  [`${MODIFIERS} + ↑ / ↓`, 'settings.neighbour'],
  ['↑ / ↓', 'settings.moveInList'],
  ['Enter', 'composer.send'],
  ['Shift + Enter', 'settings.newLine'],
  ['Esc', 'settings.closeOpen'],
] as const;

export function Settings() {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const self = useAppSelector(selectSelf);
  const theme = useAppSelector((state) => state.settings.theme);
  const unsent = unsentInWords(useAppSelector(selectUnsent));
  const [logout, { error, isLoading }] = useLogoutMutation();
  const desktop = useMediaQuery(DESKTOP_INPUT);
  const [asking, setAsking] = useState(false);
  if (!self) return null;

  return (
    <>
      <PaneHeader title={t('common.settings')} top />
      <div className="pane-body pane-ground settings">
        <section className="settings-profile" aria-label={t('settings.profile')}>
          <Avatar id={self.id} name={nameOf(self)} picture={self.picture_id} size="info" />
          <p className="settings-name">
            <bdi>{nameOf(self)}</bdi>
          </p>
          <p className="person-handle">
            <bdi>@{self.handle}</bdi>
          </p>
        </section>
        <Link className="card settings-card settings-line" to="/settings/profile">
          <Icon name="edit" size={20} />
          {t('profile.edit')}
        </Link>
        <Link className="card settings-card settings-line" to="/starred">
          <Icon name="star" size={20} />
          {t('starred.title')}
        </Link>
        <fieldset className="card settings-card">
          <legend>
            <Icon name="moon" size={20} /> {t('settings.appearance')}
          </legend>
          <div className="segments">
            {THEMES.map((id) => (
              <label key={id} className="segment">
                <input
                  type="radio"
                  name="theme"
                  checked={theme === id}
                  onChange={() => dispatch(themeChosen(id))}
                />
                <span>{t(`settings.${id}`)}</span>
              </label>
            ))}
          </div>
        </fieldset>
        <LanguageChooser />
        <Privacy />
        <Link className="card settings-card settings-line" to="/settings/security">
          <Icon name="key" size={20} />
          {t('common.security')}
        </Link>
        {desktop && (
          <section className="card settings-card" aria-label={t('settings.shortcuts')}>
            <h2>{t('settings.shortcuts')}</h2>
            <dl className="shortcuts">
              {SHORTCUTS.map(([keys, action]) => (
                <div key={keys}>
                  <dt>{t(action)}</dt>
                  <dd>
                    <kbd>{keys}</kbd>
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        )}
        <Alert error={error} />
        <button
          type="button"
          className="button button-danger button-wide"
          disabled={isLoading}
          onClick={() => (unsent === '' ? void logout() : setAsking(true))}
        >
          {t('settings.logOut')}
        </button>
        <p className="field-hint settings-note">{t('settings.logOutNote')}</p>
      </div>
      {asking && (
        <ConfirmDialog
          title={t('dialogs.logOutTitle')}
          confirm={t('dialogs.logOutAnyway')}
          onClose={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false);
            void logout();
          }}
        >
          <p>{t('dialogs.logOutText', { things: unsent })}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
