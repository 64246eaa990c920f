import assert from 'node:assert/strict'
import { databasesOf } from '../../engine/etl/context.ts'
import { silent } from '../../engine/log.ts'
import { openLine } from '../../engine/queue/backend.ts'
import { queuesOn } from '../../engine/queue/queues.ts'
import { recover } from '../../engine/queue/recover.ts'
import { refreshDataWarehouseTask } from '../../engine/queue/task.ts'
import { newProject } from './project.ts'

describe('who looks after the queue', () => {
  it('begins no ETL of a refresh whose own job has not begun: that one may have to drop the tables first', async () => {
    const project = await newProject()
    const { refresh } = await refreshDataWarehouseTask(project.config).add({ dropTables: true })
    const line = await openLine(project.queue, { seconds: 3, comesBack: false })
    const databases = databasesOf(project.config)
    const warehouse = await databases.warehouse()
    const session = await warehouse.connect()
    const queues = queuesOn(line)
    const look = () => recover(session, { config: project.config, warehouse, queues, log: silent, stuck: new Set(), untaken: new Set() })
    await look()
    assert.equal(await queues.named('etl').getJobCountByTypes('waiting', 'active', 'delayed'), 0)
    await queues.main.remove(refresh)
    await look()
    assert.equal(await queues.main.getJobState(refresh), 'waiting', 'a job that was lost is there again')
    assert.equal(await queues.named('etl').getJobCountByTypes('waiting', 'active', 'delayed'), 0)
    await session.close()
    await databases.close()
    await line.close()
  })
})
