/* Time left, written anew every 30 seconds in the words that the server gave. */
{
  const spans = document.querySelectorAll('[data-until]')
  const write = () => {
    for (const span of spans) {
      const words = span.dataset.words.split('|')
      const seconds = Math.floor((Date.parse(span.dataset.until) - Date.now()) / 1000)
      span.textContent = words[seconds < 0 ? 1 : 0].replace('{time}', span_of(Math.abs(seconds), words))
    }
  }
  const some = (n, one, many) => (n === 1 ? one : many).replace('{n}', n)
  const span_of = (seconds, [, , under, minute, minutes, hour, hours, day, days]) => {
    if (seconds < 60) return under
    if (seconds >= 172800) return some(Math.floor(seconds / 86400), day, days)
    const rest = some(Math.floor(seconds % 3600 / 60), minute, minutes)
    if (seconds < 3600) return rest
    const whole = some(Math.floor(seconds / 3600), hour, hours)
    return seconds >= 21600 || seconds % 3600 < 60 ? whole : whole + ' ' + rest
  }
  write()
  setInterval(write, 30000)
}
