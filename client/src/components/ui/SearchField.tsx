import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldDirection } from '@/lib/direction';
import { Icon } from './Icon';
import { IconButton } from './IconButton';

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Takes the focus when it appears: right where searching is all the screen is for. */
  focused?: boolean;
}

export function SearchField({ label, value, onChange, focused = false }: Props) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (focused) input.current?.focus();
  }, [focused]);
  return (
    <div className="search-field">
      <Icon name="search" size={20} />
      <input
        ref={input}
        type="text"
        dir={fieldDirection(value)}
        inputMode="search"
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      {value !== '' && (
        <IconButton icon="close" label={t('common.clearSearch')} onClick={() => onChange('')} />
      )}
    </div>
  );
}
