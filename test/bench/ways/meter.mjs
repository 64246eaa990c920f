/**
 * Imported before a Node program that is measured: as it ends, it writes what it has used into the folder that BENCH_METER names.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'

/** What Linux says of this program alone: `maxRSS` also counts the process that started it, as it was at that moment. */
function peakOfLinux() {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
  } catch {
    return undefined
  }
}

const folder = process.env['BENCH_METER']
if (isMainThread && folder !== undefined) {
  process.once('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
    const used = { cpu: (userCPUTime + systemCPUTime) / 1e6, rss: (peakOfLinux() || maxRSS) / 1024 }
    writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(used))
  })
}
