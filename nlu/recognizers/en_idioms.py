"""English words and set phrases that hold a number or a unit of time and mean none: first of all, 7-Eleven."""

from __future__ import annotations

from nlu.recognizers.wordlists import listed

IDIOMS: tuple[str, ...] = listed(
    """
    one of; one by one; one another; no one; the one; this one; that one; which one; any one; each one;
    every one; another one; one day; one more; one thing; one time; one way; one-way; one-time; one-off;
    one-on-one; one on one; one-to-one; one to one; one-stop; one-click; one-size-fits-all;
    one size fits all; on the one hand; one hand; the other one; number one; one and only; one last;
    one minute; one moment; one sec; one second; day one; back to square one; square one; one bit;
    at one point; one too many; one or two; one and all; one in a million; a second; a sec; a split second;
    split second; just a second; second opinion; second opinions; second thought; second thoughts;
    second hand; second-hand; secondhand; second to none; second nature; second chance; second guess;
    second-guess; second language; second best; every second; any second; first of all; at first;
    first off; first come first served; first come, first served; first name; first aid; first class;
    first-class; first thing; first-time; first hand; first-hand; first rate; first-rate; first lady;
    in the first place; first and foremost; first things first; safety first; ladies first; first person;
    first impression; first impressions; third party; third-party; third parties; third person;
    third world; third wheel; third-rate; thanks a million; a million thanks; thank you a million;
    a million times; feel like a million bucks; look like a million bucks; a hundred percent sure;
    a thousand times; a hundred times; a thousand thanks; a thousand apologies; a thousand words;
    two cents; my two cents; two-factor; two factor; two-step; two step; two-way; two way; two-faced;
    two-tone; two-piece; three-piece; two in one; two-in-one; three-in-one; four-wheel; four wheel;
    two peas; in two minds; two wrongs; three strikes; four-star; five-star; five star; four star;
    three-star; three star; five o'clock shadow; high five; take five; cloud nine; catch-22; nine to five;
    9 to 5; 24/7; ground zero; zero tolerance; zero-day; fifty-fifty; fifty fifty; dime a dozen;
    a dime a dozen; baker's dozen; seven seas; seventh heaven; cloud 9; plan b; on all fours;
    at sixes and sevens; six of one and half a dozen of the other; nine times out of ten;
    ten times out of ten; ten to one; eleventh hour; the eleventh hour; forever 21; five guys; six flags;
    seven-eleven; 7-eleven; 7 eleven; seven eleven; 7-up; seven up; three mobile; motel 6; super 8;
    studio 54; area 51; route 66; formula 1; formula one; xbox one; airforce one; air force one;
    air force 1; capital one; black friday; good friday; cyber monday; easter monday; easter sunday;
    monday.com; ash wednesday; super tuesday; casual friday; may i; may we; may you; may it; may be;
    may not; may have; a couple of; a couple; a few; several; dozens; hundreds; thousands; millions;
    tens of thousands; hundreds of thousands; a dozen or so; half off; half price; half-price;
    half the price; half time; half way; half of; half the; at the end of the day; back in the day;
    these days; one of these days; the other day; some day; day to day; day-to-day; call it a day;
    make my day; rainy day; once in a while; a while; a long time; in no time; the nth time;
    for the umpteenth time; daylight saving; sunday best; a month of sundays; week in week out; 24-7;
    twenty-four seven; twenty four seven; two timing; double dozen; zero in; from zero; a zero; one-liner;
    one liner; one-sided; one sided; all in one; all-in-one; either one; neither one; only one; someone;
    big one; new one; old one; wrong one; right one; first one; second one; last one; same one;
    one-year-old; ten commandments; three musketeers; seven wonders; ocean's eleven; apollo 11;
    fantastic four; hateful eight; one piece; one direction; maroon 5; blink 182; u2; mi 6; mi6; point one;
    million dollar question; the million dollar question; million-dollar question; a quarter; third of;
    thirds; quarters; halves; one third; two thirds; a third; one half; one quarter; three quarters;
    one fifth; a fifth; a fourth; one fourth; three fourths; a tenth; one tenth; two fifths; a hundredth;
    a billion times; two-for-one; two for one; three-point turn; second-largest;
    one hundred and ten percent; second floor; double-oh-seven; zero-sum; zero sum; first quarter results;
    five-a-side; twenty questions; twenty-twenty; 20/20; three d; two d
    """,
    ";",
)

LABELS = frozenset(
    listed(
        """
        room floor gate flight train bus line version model size page step platform track seat terminal
        unit apt apartment suite building block lane table row level chapter article section option type
        code error pin zip port house number no nr channel route highway exit aisle locker dock zone area
        ward tower box door stage phase tier class grade form part lot season episode volume vol edition v
        ver release build update rev series mark mk gen generation windows win android ios macos ubuntu
        office iphone ipad galaxy pixel note mate watch playstation ps xbox boeing airbus audi bmw formula
        catch apollo tram coach tube quay bay pier hall stand bed ticket invoice order case ref reference
        id password passcode otp account card sku item product serial tracking batch docket receipt coupon
        postcode extension ext desk counter window switch core ryzen rtx gtx surface kindle echo hero mavic
        osmo redmi xiaomi huawei oneplus nokia thinkpad latitude ideapad dyson tesla cr ar aa aaa figure
        fig question q rule clause appendix schedule annex court studio motel camp fifth sector node python
        java php html css usb hdmi wifi bluetooth chatgpt gpt claude llama gemini photoshop excel word
        outlook roomba v8 airpods pods macbook imac
        """
    )
)
"""A number after one of these names something."""

NOT_COUNTED = frozenset(
    listed(
        """
        model error errors edition version street st avenue ave road rd lane drive boulevard blvd series
        generation gen pro max plus ultra mini lite se fps p i d k x
        """
    )
)
"""A number before one of these is a name's or a size's."""
