// Makes the pages livelier. Every page works without this.
import './catalog.js';
import './compare.js';
import './copy.js';
import './favorites.js';
import './filters.js';
import './forms.js';
import './keys.js';
import './live.js';
import './suggest.js';

const root = document.documentElement;

/** @returns {'light' | 'dark'} the theme that is shown */
function shown() {
  const chosen = root.dataset.theme;
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

document.getElementById('theme')?.addEventListener('click', () => {
  const theme = shown() === 'dark' ? 'light' : 'dark';
  root.dataset.theme = theme;
  try {
    localStorage.setItem('theme', theme);
  } catch {
    // Not remembered, but shown.
  }
});
