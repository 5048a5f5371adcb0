import { Link } from 'wouter';
import { useTranslation } from 'react-i18next';
import { usePrivacyQuery, useSetPrivacyMutation } from '@/api/contacts';
import type { WhoMayAdd } from '@/api/types';
import { Alert } from '@/components/ui/Alert';
import { Icon } from '@/components/ui/Icon';

const CHOICES: readonly WhoMayAdd[] = ['everybody', 'contacts', 'nobody'];

/** Who may do what with the user; it holds on all their devices. */
export function Privacy() {
  const { t } = useTranslation();
  const { data, error } = usePrivacyQuery();
  const [choose, { error: refusal, isLoading }] = useSetPrivacyMutation();
  return (
    <>
      <fieldset className="card settings-card" disabled={!data || isLoading}>
        <legend>
          <Icon name="group" size={20} /> {t('settings.whoMayAdd')}
        </legend>
        <div className="segments">
          {CHOICES.map((id) => (
            <label key={id} className="segment">
              <input
                type="radio"
                name="who-may-add"
                checked={data?.who_may_add === id}
                onChange={() => void choose({ who_may_add: id })}
              />
              <span>{t(`settings.${id}`)}</span>
            </label>
          ))}
        </div>
        {data && (
          <p className="field-hint settings-meaning">{t(`settings.${data.who_may_add}Text`)}</p>
        )}
        <Alert error={refusal ?? error} />
      </fieldset>
      <Link className="card settings-card settings-line" to="/settings/blocked">
        <Icon name="block" size={20} />
        {t('common.blockedPeople')}
      </Link>
    </>
  );
}
