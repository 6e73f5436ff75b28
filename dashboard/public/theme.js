// Sets the theme before the first paint. A file of its own because the content security policy allows no inline script.
;(() => {
  let choice = 'system'
  try {
    choice = localStorage.getItem('apiq.theme') || 'system'
  } catch {
    // Storage may be blocked: follow the system.
  }
  const dark =
    choice === 'dark' || (choice === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
})()
