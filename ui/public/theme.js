// Sets dark or light before the first paint, so that a dark room sees no white flash. The switch is parts/theme-switch.tsx.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem('prybar.theme');
  } catch (_) {
    // Storage may be forbidden; then the system decides.
  }
  var dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.classList.toggle('pf-v6-theme-dark', dark);
})();
