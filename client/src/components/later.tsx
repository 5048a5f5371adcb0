import { useEffect, useState, type ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import { describeProblem } from '@/api/problem';
import { ConfirmDialog } from '@/components/ui/ConfirmDialog';
import { LoadFailure } from '@/components/ui/LoadFailure';

interface Options {
  /** What stands in its place until it is there. */
  waiting?: ComponentType;
}

interface Closable {
  onClose?: (() => void) | undefined;
}

/**
 * A part of a screen that loads when it is first shown. Where its file cannot be loaded it says so
 * and is tried again: the screen around it stays. What can be closed says so in a dialog.
 */
export function later<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  { waiting: Waiting }: Options = {},
): ComponentType<Props & Closable> {
  let Loaded: ComponentType<Props> | null = null;
  return function Later(props: Props & Closable) {
    const [tries, setTries] = useState(0);
    const [state, setState] = useState<'loading' | 'failed' | 'there'>('loading');
    useEffect(() => {
      if (Loaded) return undefined;
      let over = false;
      const tell = (now: 'failed' | 'there') => {
        if (!over) setState(now);
      };
      load().then(
        (part) => {
          Loaded = part;
          tell('there');
        },
        () => tell('failed'),
      );
      return () => {
        over = true;
      };
    }, [tries]);
    if (Loaded) return <Loaded {...props} />;
    if (state !== 'failed') return Waiting ? <Waiting /> : null;
    const retry = () => {
      setState('loading');
      setTries(tries + 1);
    };
    return <NotLoaded onRetry={retry} onClose={props.onClose} />;
  };
}

function NotLoaded({ onRetry, onClose }: { onRetry: () => void } & Closable) {
  const { t } = useTranslation();
  const error = { kind: 'network' } as const;
  if (!onClose) return <LoadFailure error={error} isFetching={false} onRetry={onRetry} />;
  return (
    <ConfirmDialog
      title={t('app.broken')}
      confirm={t('common.tryAgain')}
      onConfirm={onRetry}
      onClose={onClose}
    >
      <p role="alert">{describeProblem(error)}</p>
    </ConfirmDialog>
  );
}
