export type Theme = 'system' | 'light' | 'dark';

const KEY = 'sekisho-theme';
const DARK_CLASS = 'pf-v6-theme-dark';
const systemDark = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

export function currentTheme(): Theme {
  const stored = localStorage.getItem(KEY);
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

export function isDark(): boolean {
  const theme = currentTheme();
  return theme === 'dark' || (theme === 'system' && systemDark.matches);
}

export function setTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  apply();
}

export function onThemeChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Called once before the first paint. */
export function startTheme(): void {
  systemDark.addEventListener('change', apply);
  apply();
}

function apply(): void {
  document.documentElement.classList.toggle(DARK_CLASS, isDark());
  document.documentElement.style.colorScheme = isDark() ? 'dark' : 'light';
  for (const listener of listeners) listener();
}
