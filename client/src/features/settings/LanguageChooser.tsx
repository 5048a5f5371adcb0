import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '@/components/ui/Icon';
import { isLanguage, LANGUAGES, languageOf } from '@/i18n/languages';
import { languageChosen } from '@/model/settings';
import { useAppDispatch, useAppSelector } from '@/store/hooks';

/** Which language this device speaks. */
export function LanguageChooser() {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const choice = useAppSelector((state) => state.settings.language);
  const id = useId();
  return (
    <div className="card settings-card settings-line">
      <Icon name="language" size={20} />
      <label htmlFor={id}>{t('settings.language')}</label>
      <select
        id={id}
        value={choice}
        onChange={({ target: { value } }) =>
          dispatch(languageChosen(isLanguage(value) ? value : 'browser'))
        }
      >
        <option value="browser">
          {t('settings.browserLanguage', { language: LANGUAGES[languageOf('browser')] })}
        </option>
        {Object.entries(LANGUAGES).map(([language, name]) => (
          <option key={language} value={language} lang={language}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
