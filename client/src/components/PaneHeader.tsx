import { useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from './ui/IconButton';
import { useBack } from './navigation';

interface Props {
  title: string;
  /** Where Back goes when the screen was opened directly; without it there is no way back. */
  backTo?: string;
  /** It is one of the places that the tabs lead to. */
  top?: boolean;
  children?: ReactNode;
}

/** The top of a screen that was opened from another one; its title takes the focus. */
export function PaneHeader({ title, backTo, top = false, children }: Props) {
  const { t } = useTranslation();
  const back = useBack(backTo ?? '/');
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <header className="pane-header">
      {backTo !== undefined && (
        <IconButton icon="back" label={t('common.back')} className="flip-in-rtl" onClick={back} />
      )}
      <h1 ref={heading} className={top ? 'screen-title' : undefined} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </header>
  );
}
