export { clockOf, withSession } from '../etl/sessions.ts'
