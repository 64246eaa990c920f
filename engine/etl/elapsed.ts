/** Seconds as the logs write them: `0:00:00.124727`, hours first, always six digits. */
export function elapsed(seconds: number): string {
  const micros = Math.round(seconds * 1e6)
  const [hours, minutes, rest] = [Math.floor(micros / 3.6e9), Math.floor(micros / 6e7) % 60, micros % 6e7]
  return `${hours}:${String(minutes).padStart(2, '0')}:${(rest / 1e6).toFixed(6).padStart(9, '0')}`
}
