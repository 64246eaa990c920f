/** The rung for those with a Docker engine: a service of docker-compose.yml in a project of its own, on a free port. */

import { fileURLToPath } from 'node:url'
import type { ServerKind } from './kind.ts'
import { run, until, whenWeAreGone } from './machine.ts'

const FILE = fileURLToPath(new URL('../../../docker-compose.yml', import.meta.url))
const ENGINE_MS = 5_000
const PULL_MS = 300_000

/** A compose client is on many machines that have no engine, so only an engine's answer counts. Gives why not, or undefined. */
export async function whyNoCompose(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const engine = await run('docker', ['info', '--format', '{{.ServerVersion}}'], { timeoutMs: ENGINE_MS, env })
  // Some clients end with 0 although no engine answered: the version of the engine must be there as well.
  if (engine.code !== 0 || !/^\d+\.\d+/m.test(engine.output)) return `no Docker engine answers (${lastLine(engine.output)})`
  const client = await run('docker', ['compose', 'version'], { timeoutMs: ENGINE_MS, env })
  if (client.code !== 0) return `docker has no compose command (${lastLine(client.output)})`
  return undefined
}

/** Brings the service's image to this machine, where it is not there yet; gives why it could not, or undefined. */
export async function whyNoImage(service: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const image = lastLine((await compose(service, ['config', '--images', service], env)).output)
  const inspected = await run('docker', ['image', 'inspect', image], { timeoutMs: ENGINE_MS, env })
  if (inspected.code === 0) return undefined
  const pulled = await compose(service, ['pull', '--quiet', service], env)
  return pulled.code === 0 ? undefined : `docker compose could not pull ${service} (${lastLine(pulled.output)})`
}

/** Starts the service and gives its URL once it answers. */
export async function startComposed(kind: ServerKind, service: string, env: NodeJS.ProcessEnv) {
  const callOff = whenWeAreGone('docker compose -p "$1" -f "$2" down -v --timeout 1', [projectOf(service), FILE])
  const stop = async () => {
    await compose(service, ['down', '-v', '--timeout', '1'], env)
    callOff()
  }
  try {
    const up = await compose(service, ['up', '-d', '--wait', service], env)
    if (up.code !== 0) throw new Error(`docker compose could not start ${service}:\n${up.output.trimEnd()}`)
    const published = await compose(service, ['port', service, String(kind.compose.port)], env)
    const port = Number(/:(\d+)\s*$/.exec(published.output)?.[1])
    if (!port) throw new Error(`docker compose does not say on which port ${service} is: ${published.output.trimEnd()}`)
    const url = kind.compose.url(port)
    const { version } = await until(`${service} in docker compose answers at port ${port}`, () => kind.ask(url), 60_000)
    return { url, version, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A project of its own for each run, so that two runs on one machine do not share or stop each other's servers. */
const projectOf = (service: string) => `starline-tests-${service}-${process.pid}`

function compose(service: string, args: string[], env: NodeJS.ProcessEnv) {
  // An empty port lets the engine choose one: docker-compose.yml says fixed ones for people.
  const ports = { STARLINE_MYSQL_PORT: '', STARLINE_MARIADB_PORT: '', STARLINE_POSTGRES_PORT: '', STARLINE_REDIS_PORT: '' }
  return run('docker', ['compose', '-p', projectOf(service), '-f', FILE, ...args], { timeoutMs: PULL_MS, env: { ...env, ...ports } })
}

const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? ''
