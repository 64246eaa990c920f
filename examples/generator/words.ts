/** The words that names and titles are made of. */
export const states = [
  'AL Alabama', 'AK Alaska', 'AZ Arizona', 'AR Arkansas', 'CA California', 'CO Colorado', 'CT Connecticut', 'DE Delaware',
  'DC District of Columbia', 'FL Florida', 'GA Georgia', 'HI Hawaii', 'ID Idaho', 'IL Illinois', 'IN Indiana', 'IA Iowa',
  'KS Kansas', 'KY Kentucky', 'LA Louisiana', 'ME Maine', 'MD Maryland', 'MA Massachusetts', 'MI Michigan', 'MN Minnesota',
  'MS Mississippi', 'MO Missouri', 'MT Montana', 'NE Nebraska', 'NV Nevada', 'NH New Hampshire', 'NJ New Jersey',
  'NM New Mexico', 'NY New York', 'NC North Carolina', 'ND North Dakota', 'OH Ohio', 'OK Oklahoma', 'OR Oregon',
  'PA Pennsylvania', 'RI Rhode Island', 'SC South Carolina', 'SD South Dakota', 'TN Tennessee', 'TX Texas', 'UT Utah',
  'VT Vermont', 'VA Virginia', 'WA Washington', 'WV West Virginia', 'WI Wisconsin', 'WY Wyoming',
] as const

export const placeStarts = [
  'Ash', 'Bay', 'Birch', 'Brook', 'Cedar', 'Clear', 'Elm', 'Fair', 'Glen', 'Green', 'Harbor', 'Hazel', 'Iron', 'Lake',
  'Lark', 'Maple', 'Mill', 'North', 'Oak', 'Pine', 'Red', 'River', 'Rock', 'Spring', 'Stone', 'Summer', 'West', 'Wood',
] as const
export const placeEnds = [
  'bridge', 'brook', 'bury', 'dale', 'field', 'ford', 'haven', 'hurst', 'land', 'mont', 'port', 'ridge', 'side', 'ton',
  'view', 'ville', 'water', 'wood',
] as const

/** `#` stands for the place. */
export const schoolNames = [
  '# State University', 'University of #', '# College', '# Community College', '# Institute of Technology',
  '# Technical College', '# Conservatory of Music', '# University', 'Saint Clare’s College of #', '# A&M University',
] as const

/** Schools outside the United States: a name and a city, and no state. */
export const schoolsAbroad = [
  ['Universität am Zürichberg', 'Zürich'], ['Universidade da Lagoa', 'São Paulo'], ['École du Canal Saint-Martin', 'Paris'],
  ['桜丘大学', '東京'], ['Høgskolen ved Fjorden', 'Tromsø'], ['Πανεπιστήμιο του Όρους', 'Θεσσαλονίκη'],
  ['جامعة الواحة', 'القاهرة'], ['Uniwersytet pod Wawelem', 'Kraków'], ['Ollscoil na Farraige', 'Gaillimh'],
  ['Университет на Неве', 'Санкт-Петербург'], ['Trường Đại học Sông Hương', 'Huế'], ['Háskóli Norðurljósa', 'Akureyri'],
] as const

export const subjects = [
  'ACC Accounting', 'ANT Anthropology', 'ARC Architecture', 'ART Art History', 'AST Astronomy', 'BIO Biology', 'BUS Business',
  'CHE Chemistry', 'CLA Classics', 'COM Communication', 'CSC Computer Science', 'DAN Dance', 'ECO Economics', 'EDU Education',
  'EEN Electrical Engineering', 'ENG English', 'ENV Environmental Science', 'FIL Film', 'FIN Finance', 'FRE French',
  'GEO Geology', 'GER German', 'HIS History', 'HLT Public Health', 'LAW Law', 'LIN Linguistics', 'MAT Mathematics',
  'MEN Mechanical Engineering', 'MKT Marketing', 'MUS Music', 'NUR Nursing', 'NUT Nutrition', 'PHI Philosophy',
  'PHY Physics', 'POL Political Science', 'PSY Psychology', 'REL Religion', 'SOC Sociology', 'SPA Spanish',
  'STA Statistics', 'THE Theatre', 'WRI Creative Writing',
] as const

/** `#` stands for the subject. */
export const courseTitles = [
  'Introduction to #', 'Foundations of #', 'Topics in #', 'Advanced #', '# I', '# II', '# Laboratory', 'Seminar in #',
  'Methods in #', 'History of #', 'Honors #', 'Contemporary #', '# for Non-Majors', 'Independent Study in #',
] as const

export const firstNames = [
  'Ada', 'Amir', 'Ana', 'Beatriz', 'Björn', 'Chen', 'Chloé', 'Daniel', 'Dmitri', 'Elif', 'Fatima', 'Grace', 'Hiro', 'Inês',
  'Ivy', 'Jamal', 'José', 'Kofi', 'Lena', 'Luca', 'Mai', 'Maya', 'Nadia', 'Noah', 'Olga', 'Omar', 'Priya', 'Quinn', 'Rosa',
  'Sam', 'Siobhán', 'Tariq', 'Uma', 'Victor', 'Wei', 'Ximena', 'Yusuf', 'Zoë',
] as const
export const lastNames = [
  'Abara', 'Åkesson', 'Bianchi', 'Castillo', 'Dvořák', 'Eriksen', 'Farouk', 'García', 'Haddad', 'Ito', 'Jensen', 'Kowalski',
  'Larsen', 'Mbeki', 'Nguyễn', 'O’Brien', "O'Neil", 'Papadakis', 'Quispe', 'Rossi', 'Şahin', 'Tanaka', 'Usman', 'Vargas',
  'Walker', 'Xu', 'Yılmaz', 'Zhang', 'Smith-Jones', 'de la Cruz',
] as const
export const standings = ['freshman', 'sophomore', 'junior', 'senior', 'graduate'] as const

export const kinds = ['lecture notes', 'study guide', 'flash cards', 'outline', 'exam review'] as const

/** `#` stands for the course's title. */
export const productTitles = [
  '#: complete lecture notes', '#: midterm study guide', '#: final exam review', '#: flash cards', '#: chapter outlines',
  '#: weeks 1–7', '#: weeks 8–14', '#: everything on one page',
] as const

/** Texts that break a careless reader; each is somewhere in the data, as it is. */
export const hardTexts = [
  'NULL', '\\N', 'null', ' leading and trailing ', 'a\ttab', 'two\nlines', 'C:\\notes\\bio 101\\', 'She said "it depends"',
  '"quoted"', "it's", "'; DROP TABLE product_dim; --", '100% sure, 50% of the time', 'comma, separated, title', 'semi;colon',
  'Notes 📚✏️ from an A+ student', '👩‍👩‍👧‍👦 family law', '🧪', 'cafe\u0301 and café', 'مراجعة نهائية', '期末試験のまとめ', 'ﬁne print',
  'zero\u200bwidth', 'non\u00a0breaking', '=1+1', '-', '0', '1.10', '01/02/2014', 'true', '\\', '\\"', '$1 `back` ${tick}',
  'ends with a backslash\\', 'line one\n\nline three\n',
] as const
