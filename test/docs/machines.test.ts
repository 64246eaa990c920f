import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { parse } from 'yaml'
import { z } from 'zod'
import { refreshDataWarehouseTask } from '../../engine/queue/task.ts'
import { startOwn } from '../helpers/servers/index.ts'
import { newProject, start } from '../queue/project.ts'
import { results } from '../queue/star/star.ts'
import { blocksOf, documented, read, ROOT } from './markdown.ts'

const page = 'docs/guide/many-machines.md'
const configuration = 'docs/reference/configuration.md'
const blocks = blocksOf(read(page))
const block = (language: string, holds = ''): string => {
  const found = blocks.find((each) => each.language === language && each.text.includes(holds))
  assert.ok(found, `${page} has a block of ${language} with ${holds}`)
  return found.text
}

const aCompose = z.strictObject({
  services: z.record(z.string(), z.object({
    image: z.string().optional(), build: z.string().optional(), environment: z.record(z.string(), z.string()).optional(),
    depends_on: z.record(z.string(), z.strictObject({ condition: z.literal('service_healthy') })).optional(),
    healthcheck: z.object({ test: z.string(), interval: z.string(), retries: z.number() }).optional(),
    volumes: z.array(z.string()).optional(), stop_grace_period: z.string().optional(),
  })),
  volumes: z.record(z.string(), z.null()),
})

describe('the page on many machines', () => {
  it('has a compose file whose services are there, are awaited by a health check, and know the variables of the configuration', () => {
    const { services, volumes } = aCompose.parse(parse(block('yaml')))
    assert.deepEqual(Object.keys(services), ['warehouse', 'queue', 'worker'])
    for (const [name, service] of Object.entries(services)) {
      assert.equal([service.image, service.build].filter(Boolean).length, 1, `${name} has an image or is built`)
      for (const other of Object.keys(service.depends_on ?? {})) assert.ok(services[other]?.healthcheck, `${name} waits for ${other}, which has a health check`)
      for (const volume of service.volumes ?? []) assert.ok(Object.hasOwn(volumes, volume.split(':')[0] ?? ''), volume)
    }
    const known = documented(configuration, 'Environment variables')
    for (const name of Object.keys(services['worker']?.environment ?? {})) assert.ok(known.includes(name), name)
    const urls = Object.values(services['worker']?.environment ?? {}).filter((value) => value.includes('://'))
    for (const url of urls) assert.ok(Object.hasOwn(services, new URL(url.replaceAll(/\$\{[^}]*\}/g, 'secret')).hostname), url)
    assert.equal(services['worker']?.stop_grace_period, '30s')
  })

  it('has a Dockerfile of instructions that there are, which starts the worker without npm', () => {
    const lines = block('dockerfile').trim().split('\n').map((line) => /^([A-Z]+) (.+)$/.exec(line) ?? assert.fail(line))
    const known = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'USER', 'STOPSIGNAL', 'CMD']
    assert.deepEqual(lines.map(([, word = '']) => word).filter((word) => !known.includes(word)), [])
    assert.equal(lines[0]?.[1], 'FROM')
    const command = JSON.parse(lines.at(-1)?.[2] ?? '') as string[]
    assert.deepEqual(command, ['node', '--import', 'tsx', 'tasks/worker.ts'])
    assert.ok(existsSync(join(ROOT, 'tasks/worker.ts')), 'the worker is there')
  })

  it('has a unit of systemd that says each thing once, and waits longer than a worker takes to stop', () => {
    const unit = new Map<string, string>()
    let at = ''
    for (const line of block('ini').split('\n').filter((each) => each !== '' && !each.startsWith('#'))) {
      const [, heading] = /^\[(Unit|Service|Install)\]$/.exec(line) ?? []
      const [, key, value = ''] = /^([A-Z]\w+)=(.+)$/.exec(line) ?? []
      assert.ok(heading !== undefined || key !== undefined, line)
      if (heading !== undefined) at = heading
      else {
        assert.ok(!unit.has(`${at}.${key}`), line)
        unit.set(`${at}.${key}`, value)
      }
    }
    assert.match(unit.get('Service.ExecStart') ?? '', /^\/usr\/bin\/node --import tsx tasks\/worker\.ts /)
    assert.equal(unit.get('Service.KillSignal'), 'SIGTERM')
    const [, hard = ''] = /const hardSeconds = (\d+)/.exec(read('engine/queue/work.ts')) ?? []
    assert.ok(Number(hard) > 0 && Number(unit.get('Service.TimeoutStopSec')) > Number(hard) + 2, `${hard} s`)
  })

  it('has a user of Redis who may do all that a worker needs', async function () {
    this.timeout(90_000)
    const server = await startOwn('redis')
    const admin = new Redis(server.url)
    const [, words = ''] = /^ACL SETUSER (.+)$/m.exec(block('', 'ACL SETUSER')) ?? []
    await admin.call('ACL', 'SETUSER', ...words.split(' '))
    for (const line of block('', '# redis.conf').trim().split('\n').slice(1)) {
      const [name = '', value = ''] = line.split(' ')
      if (name !== 'requirepass') await admin.config('SET', name, value)
    }
    admin.disconnect()
    const project = await newProject({ queue: server.url.replace('redis://', 'redis://starline:a-password@') })
    const job = await refreshDataWarehouseTask(project.config).add()
    const worker = start(project, 'worker', ['--drain'])
    assert.equal(await worker.ended, 0, worker.said())
    assert.deepEqual(await job.result({ timeoutSeconds: 5 }), [results.dimensions, results.facts])
    await server.stop()
  })
})
