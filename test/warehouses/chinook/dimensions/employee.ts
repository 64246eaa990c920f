import { scd1 } from 'starline'
import { employee as source } from '../sources/employee.ts'
import { employee as create } from '../creates/employee.ts'

/** One member is one person on the payroll; `reports_to` names the `employee_id` of the boss. */
export const employee = scd1({ source, create, key: 'employee_key', lookup: ['employee_id'] })
