// Before anything is drawn: the theme that the user chose on this device. The app's own storage
// answers too late for that, so the app leaves a copy here (src/app/page.ts).
{
  let theme = null;
  try {
    theme = localStorage.getItem('rookery-theme');
  } catch {
    // Storage is switched off in this browser: the system's theme it is.
  }
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
}
