/** Compiled workers as processes of their own, of which one that dies is started again. */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { until } from '../helpers/servers/machine.ts'

export interface Pool {
  /** Kills one of them, by a number from 0 to 1. */
  kill(chance: number): void
  /** Resolves when so many of them work. */
  working(workers: number): Promise<void>
  /** What any of them said. */
  said(): string
  stop(): Promise<void>
}

/** @param compiled runs the built package, which starts in a fraction of the time; else the sources */
export function openPool(workers: number, env: NodeJS.ProcessEnv, compiled: boolean): Pool {
  const file = fileURLToPath(new URL('worker.mjs', import.meta.url))
  const running: ChildProcess[] = []
  let said = ''
  let over = false
  const start = (at: number): void => {
    const child = spawn(process.execPath, [...compiled ? [] : ['--import', 'tsx'], file, '--concurrency', '4'], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } })
    child.stderr.on('data', (text: Buffer) => { said = `${said}${text.toString()}`.slice(-20_000) })
    child.once('exit', () => { if (!over) start(at) })
    running[at] = child
  }
  for (let at = 0; at < workers; at += 1) start(at)
  return {
    kill: (chance) => void running[Math.floor(chance * workers)]?.kill('SIGKILL'),
    working: async (many) => { await until('the workers work', () => said.split('Ctrl-C stops').length > many || undefined, 60_000) },
    said: () => said,
    async stop() {
      over = true
      await Promise.all(running.map((child) => new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve(undefined)
        child.once('exit', resolve)
        child.kill('SIGKILL')
      })))
    },
  }
}
