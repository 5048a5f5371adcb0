import { showLanguage } from '@/i18n/i18n';
import { languageOf } from '@/i18n/languages';
import type { Theme } from '@/model/settings';
import { attentionChanged } from '@/model/connection';
import { selectUnreadChats } from '@/store/selectors';
import type { AppStore } from './store';

/** The operator's page, for whoever has an API key; it needs no session. */
export const ADMIN_PATH = '/admin';

/** Lower than any keyboard, higher than the bars a browser shows and hides. */
const KEYBOARD_MIN_PX = 120;

/** Where `public/theme.js` finds the chosen theme before the first frame. */
const THEME_KEY = 'rookery-theme';
/** The ground of both themes (`--bg`), for the browser's own bars. */
export const GROUND = { light: '#f4f4fa', dark: '#13131a' } as const;

function showTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const system = meta.media.includes('dark') ? 'dark' : 'light';
    meta.content = GROUND[theme === 'system' ? system : theme];
  }
  try {
    localStorage.setItem(THEME_KEY, theme);
  } catch {
    // Storage is switched off: the next start begins with the system's theme.
  }
}

/** Shows the language that was chosen, now and from now on; resolves when the first one is there. */
export async function watchLanguage(store: AppStore): Promise<void> {
  const wanted = () => languageOf(store.getState().settings.language);
  let asked = wanted();
  store.subscribe(() => {
    if (wanted() === asked) return;
    asked = wanted();
    void showLanguage(asked);
  });
  await showLanguage(asked);
}

/** Keeps the state and the document in step: attention in; theme and title out. */
export function watchPage(store: AppStore): void {
  const look = () => {
    const attentive = document.visibilityState === 'visible' && document.hasFocus();
    if (store.getState().connection.attentive !== attentive) {
      store.dispatch(attentionChanged(attentive));
    }
  };
  document.addEventListener('visibilitychange', look);
  window.addEventListener('focus', look);
  window.addEventListener('blur', look);
  look();

  // Where the on-screen keyboard covers the page instead of shrinking it, the shell shrinks.
  const viewport = window.visualViewport;
  viewport?.addEventListener('resize', () => {
    const covered = viewport.scale === 1 && window.innerHeight - viewport.height > KEYBOARD_MIN_PX;
    document.documentElement.style.setProperty(
      '--shell-height',
      covered ? `${viewport.height}px` : '100dvh',
    );
    if (covered) window.scrollTo(0, 0);
  });

  let shownTheme: Theme | null = null;
  const show = () => {
    const state = store.getState();
    if (state.settings.theme !== shownTheme) {
      shownTheme = state.settings.theme;
      showTheme(shownTheme);
    }
    // That page says in its title how the hub is.
    if (window.location.pathname.startsWith(ADMIN_PATH)) return;
    const unread = state.session.user ? selectUnreadChats(state) : 0;
    const title = unread > 0 ? `(${unread}) Rookery` : 'Rookery';
    if (document.title !== title) document.title = title;
  };
  store.subscribe(show);
  show();
}
