"""The flows of the scene."""

CHANGE = """
name: change_flight
title: {zh-hans: 改签, en: Change a flight}
triggers: [change_flight]
keywords: {zh-hans: [改签], en: [flight change, change my flight]}
slots:
  booking_no: {type: booking_no, title: {zh-hans: 订单号, en: booking number}, remember: true}
  new_date: {type: date, title: {zh-hans: 日期, en: date}, least: today, most: today+330}
  flight: {type: choice, title: {zh-hans: 航班, en: flight}}
steps:
  - id: which
    ask: booking_no
    text: {zh-hans: 订单号？, en: "Booking number?"}
    again: {zh-hans: 订单号是TR加四位, en: "TR and four digits, please."}
  - id: look
    action: find_booking
    with: {booking_no: "{booking_no}"}
    save: booking
    outcomes: {not_found: unknown}
  - id: found
    say: {zh-hans: "{booking.passenger}的订单", en: "Booking of {booking.passenger}."}
  - id: when
    ask: new_date
    text: {zh-hans: 改到哪天？, en: "Which day?"}
  - id: search
    action: search
    with: {date: "{new_date}"}
    save: result
  - id: pick
    choose: flight
    text: {zh-hans: 选航班, en: "Which flight?"}
    from: result.flights
    value: "{item.no}"
    label: {zh-hans: "{item.no} {item.at}", en: "{item.no} at {item.at}"}
    empty: full
  - id: sure
    confirm:
      zh-hans: "{booking_no}改到{new_date}{flight}，手续费{booking.fee}？"
      en: "{booking_no} to {new_date} {flight} for {booking.fee}?"
    no: end
  - id: do
    action: change
    with: {booking_no: "{booking_no}", flight: "{flight}"}
    save: changed
  - id: bye
    end: {zh-hans: "已改签，{changed.ticket}", en: "Changed, ticket {changed.ticket}."}
  - id: full
    say: {zh-hans: 当天没有航班, en: "No flights that day."}
    clear: [new_date]
    next: when
  - id: unknown
    say: {zh-hans: 查不到, en: "No such booking."}
    clear: [booking_no]
    next: which
"""
SEARCH = """
name: search_flights
title: {zh-hans: 查航班, en: Find a flight}
triggers: [search_flights]
keywords: {zh-hans: [查航班], en: [find a flight, find flights]}
slots:
  from_city:
    type: city
    title: {zh-hans: 出发城市, en: departure city}
    cues: {zh-hans: {before: [从], after: [出发]}, en: {before: [from], after: []}}
  to_city:
    type: city
    title: {zh-hans: 目的地, en: destination}
    cues: {zh-hans: {before: [到, 飞, 去]}, en: {before: [to]}}
  date: {type: date, title: {zh-hans: 日期, en: date}, least: today}
  people: {type: number, title: {zh-hans: 人数, en: passengers}, least: "1", most: "9"}
  seat: {type: choice, title: {zh-hans: 座位, en: seat}}
steps:
  - {id: a, ask: from_city, text: {zh-hans: 从哪出发？, en: "From where?"}}
  - {id: b, ask: to_city, text: {zh-hans: 去哪？, en: "To where?"}}
  - {id: c, ask: date, text: {zh-hans: 哪天？, en: "Which day?"}}
  - {id: d, ask: people, text: {zh-hans: 几个人？, en: "How many?"}, optional: true}
  - id: e
    choose: seat
    text: {zh-hans: 靠窗还是过道？, en: "Window or aisle?"}
    options:
      - {value: window, label: {zh-hans: 靠窗, en: Window}, words: {zh-hans: [窗边], en: [by the window]}}
      - {value: aisle, label: {zh-hans: 过道, en: Aisle}}
  - {id: f, action: search, with: {date: "{date}"}, save: result}
  - id: g
    end:
      zh-hans: "{from_city}到{to_city}有{result.flights.count}班"
      en: "{result.flights.count} flights from {from_city} to {to_city}, {seat}."
"""
REFUND = """
name: refund
title: {zh-hans: 退款, en: Refund}
triggers: [refund]
keywords: {zh-hans: [退款, 退票], en: [refund]}
slots:
  booking_no: {type: booking_no, title: {zh-hans: 订单号, en: booking number}, remember: true}
  reason: {type: text, title: {zh-hans: 原因, en: reason}}
steps:
  - {id: which, ask: booking_no, text: {zh-hans: 退哪个订单？, en: "Refund which booking?"}}
  - {id: why, ask: reason, text: {zh-hans: 原因？, en: "Why?"}}
  - {id: sure, confirm: {zh-hans: "退{booking_no}？", en: "Refund {booking_no}?"}}
  - {id: do, action: refund, with: {booking_no: "{booking_no}"}, save: r, outcomes: {refused_by_rule: sorry}}
  - {id: bye, end: {zh-hans: "退{r.amount}", en: "You get {r.amount}."}}
  - {id: sorry, end: {zh-hans: 不能退, en: "Not refundable."}, outcome: failed}
"""
STATUS = """
name: flight_status
title: {zh-hans: 航班动态, en: Flight status}
triggers: [flight_status]
keywords: {zh-hans: [航班动态], en: [flight status]}
slots:
  booking_no: {type: booking_no, title: {zh-hans: 订单号, en: booking number}, remember: true}
steps:
  - {id: which, ask: booking_no, text: {zh-hans: 哪个订单？, en: "Status of which booking?"}}
  - {id: look, action: status, with: {booking_no: "{booking_no}"}, save: s}
  - {id: bye, end: {zh-hans: "{s.state}", en: "{s.state}"}}
"""
SURVEY = """
name: survey
title: {zh-hans: 评价, en: Survey}
triggers: [survey]
keywords: {zh-hans: [评价], en: [survey]}
slots:
  stars: {type: number, title: {zh-hans: 评分, en: stars}}
  recommend: {type: yes_no, title: {zh-hans: 推荐, en: recommendation}}
  level: {type: text, title: {zh-hans: 等级, en: level}, profile: tier}
  phone: {type: phone_mask, title: {zh-hans: 电话, en: phone}}
steps:
  - {id: rating, rate: stars, text: {zh-hans: 打几分？, en: "How many stars?"}}
  - {id: rec, ask: recommend, text: {zh-hans: 会推荐吗？, en: "Would you recommend us?"}}
  - id: split
    branch:
      - {when: {all: [{slot: stars, below: "3"}, {not: {slot: recommend, is: "true"}}]}, next: sorry}
      - {when: {profile: tier, in: [gold, silver]}, next: gold}
    otherwise: bye
  - {id: gold, say: {zh-hans: 尊贵会员, en: "Dear member."}, next: bye}
  - {id: sorry, ask: phone, text: {zh-hans: 电话？, en: "Your phone?"}, optional: true}
  - {id: person, handoff: {zh-hans: 同事联系您, en: "A colleague calls you."}}
  - {id: bye, end: {zh-hans: 谢谢, en: "Thank you."}}
""".replace("id: person,", "id: call_back,")
HELP = """
name: help_desk
title: {zh-hans: 帮助台, en: Help desk}
triggers: [help_desk]
keywords: {zh-hans: [帮助台], en: [help desk]}
slots:
  topic: {type: choice, title: {zh-hans: 主题, en: topic}}
  query: {type: text, title: {zh-hans: 问题, en: question}}
steps:
  - id: menu
    choose: topic
    text: {zh-hans: 选主题, en: "What about?"}
    options:
      - {value: bags, label: {zh-hans: 行李规定, en: Bag rules}, next: bags}
      - {value: fees, label: {zh-hans: 费用, en: Fees}, next: ask_fee}
      - {value: status, label: {zh-hans: 动态, en: My flight}, next: status}
      - {value: loop, label: {zh-hans: 死循环, en: Round and round}, next: round}
  - {id: bags, answer: baggage, next: bye}
  - {id: ask_fee, ask: query, text: {zh-hans: 什么费用？, en: "Which one?"}}
  - {id: fees, answer: {search: "{query}"}, next: bye}
  - {id: status, goto: flight_status, return: true, next: bye}
  - {id: round, say: {zh-hans: 转, en: Round}, next: again}
  - {id: again, say: {zh-hans: 圈, en: again}, next: round}
  - {id: bye, end: {zh-hans: 再见, en: Bye.}}
"""
FLOWS = (CHANGE, SEARCH, REFUND, STATUS, SURVEY, HELP)
