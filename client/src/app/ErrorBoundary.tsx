import { Component, type ReactNode } from 'react';
import { t } from '@/i18n/i18n';
import { Mark } from '@/components/ui/Brand';

interface State {
  broken: boolean;
}

/** Never a blank page: whatever breaks while rendering leads to a page that offers a reload. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { broken: false };

  static getDerivedStateFromError(): State {
    return { broken: true };
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    return (
      <main className="welcome">
        <Mark size={64} />
        <h1>{t('app.broken')}</h1>
        <p>{t('app.brokenText')}</p>
        <button
          type="button"
          className="button button-primary"
          onClick={() => window.location.reload()}
        >
          {t('app.reload')}
        </button>
      </main>
    );
  }
}
