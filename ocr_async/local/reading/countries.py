"""What identity documents call a country: ICAO three-letter codes, English names, Arabic names.

The codes are those of ISO 3166-1 and of ICAO Doc 9303 part 3, section 5, which adds organisations, stateless persons,
kinds of British nationals and the Utopia of specimens.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache

from attrs import frozen

_ICAO_CODES = """
D EUE GBD GBN GBO GBP GBS IAO INP KSV RKS ROM SCG UNA UNK UNO UTO XBA XCC XCE XCO
XCT XDC XEC XIM XKX XMP XOM XPO XXA XXB XXC XXX YUG ZAR
"""
ICAO_ONLY = frozenset(_ICAO_CODES.split())
"""Codes of machine readable zones without a country of ISO 3166-1, older ones included."""


@frozen
class Country:
    """A country or territory of ISO 3166-1."""

    code: str
    name: str
    name_arabic: str


@cache
def countries() -> dict[str, Country]:
    """Return the countries by their three-letter code."""
    rows = (line.split("|") for line in _COUNTRIES.split("\n"))
    return {code: Country(code, name, name_arabic) for code, name, name_arabic in rows}


def is_issuer(code: str) -> bool:
    """Tell whether `code`, without fillers, may stand as a state or nationality in a machine readable zone."""
    return code in ICAO_ONLY or code in countries()


def nearest(name: str, cutoff: float) -> Country | None:
    """Return the country whose English name is read as `name`; `cutoff` is how alike the two must be, 0 to 1."""
    by_name = {country.name.casefold(): country for country in countries().values()}
    found = get_close_matches(name.casefold(), by_name, n=1, cutoff=cutoff)
    return by_name[found[0]] if found else None


_COUNTRIES = """\
ABW|Aruba|أروبا
AFG|Afghanistan|أفغانستان
AGO|Angola|أنغولا
AIA|Anguilla|أنغويلا
ALA|Aland Islands|جزر آلاند
ALB|Albania|ألبانيا
AND|Andorra|أندورا
ARE|United Arab Emirates|الإمارات العربية المتحدة
ARG|Argentina|الأرجنتين
ARM|Armenia|أرمينيا
ASM|American Samoa|ساموا الأمريكية
ATA|Antarctica|أنتاركتيكا
ATF|French Southern Territories|الأقاليم الجنوبية الفرنسية
ATG|Antigua and Barbuda|أنتيغوا وبربودا
AUS|Australia|أستراليا
AUT|Austria|النمسا
AZE|Azerbaijan|أذربيجان
BDI|Burundi|بوروندي
BEL|Belgium|بلجيكا
BEN|Benin|بنين
BES|Caribbean Netherlands|هولندا الكاريبية
BFA|Burkina Faso|بوركينا فاسو
BGD|Bangladesh|بنغلاديش
BGR|Bulgaria|بلغاريا
BHR|Bahrain|البحرين
BHS|Bahamas|جزر البهاما
BIH|Bosnia and Herzegovina|البوسنة والهرسك
BLM|Saint Barthelemy|سان بارتليمي
BLR|Belarus|بيلاروس
BLZ|Belize|بليز
BMU|Bermuda|برمودا
BOL|Bolivia|بوليفيا
BRA|Brazil|البرازيل
BRB|Barbados|بربادوس
BRN|Brunei|بروناي
BTN|Bhutan|بوتان
BVT|Bouvet Island|جزيرة بوفيه
BWA|Botswana|بوتسوانا
CAF|Central African Republic|جمهورية أفريقيا الوسطى
CAN|Canada|كندا
CCK|Cocos Islands|جزر كوكوس
CHE|Switzerland|سويسرا
CHL|Chile|تشيلي
CHN|China|الصين
CIV|Ivory Coast|ساحل العاج
CMR|Cameroon|الكاميرون
COD|Democratic Republic of the Congo|جمهورية الكونغو الديمقراطية
COG|Congo|الكونغو
COK|Cook Islands|جزر كوك
COL|Colombia|كولومبيا
COM|Comoros|جزر القمر
CPV|Cape Verde|الرأس الأخضر
CRI|Costa Rica|كوستاريكا
CUB|Cuba|كوبا
CUW|Curacao|كوراساو
CXR|Christmas Island|جزيرة كريسماس
CYM|Cayman Islands|جزر كايمان
CYP|Cyprus|قبرص
CZE|Czech Republic|التشيك
DEU|Germany|ألمانيا
DJI|Djibouti|جيبوتي
DMA|Dominica|دومينيكا
DNK|Denmark|الدانمرك
DOM|Dominican Republic|جمهورية الدومينيكان
DZA|Algeria|الجزائر
ECU|Ecuador|الإكوادور
EGY|Egypt|مصر
ERI|Eritrea|إريتريا
ESH|Western Sahara|الصحراء الغربية
ESP|Spain|إسبانيا
EST|Estonia|إستونيا
ETH|Ethiopia|إثيوبيا
FIN|Finland|فنلندا
FJI|Fiji|فيجي
FLK|Falkland Islands|جزر فوكلاند
FRA|France|فرنسا
FRO|Faroe Islands|جزر فارو
FSM|Micronesia|ميكرونيزيا
GAB|Gabon|الغابون
GBR|United Kingdom|المملكة المتحدة
GEO|Georgia|جورجيا
GGY|Guernsey|غيرنزي
GHA|Ghana|غانا
GIB|Gibraltar|جبل طارق
GIN|Guinea|غينيا
GLP|Guadeloupe|غوادلوب
GMB|Gambia|غامبيا
GNB|Guinea-Bissau|غينيا بيساو
GNQ|Equatorial Guinea|غينيا الاستوائية
GRC|Greece|اليونان
GRD|Grenada|غرينادا
GRL|Greenland|غرينلاند
GTM|Guatemala|غواتيمالا
GUF|French Guiana|غويانا الفرنسية
GUM|Guam|غوام
GUY|Guyana|غيانا
HKG|Hong Kong|هونغ كونغ
HMD|Heard and McDonald Islands|جزيرة هيرد وجزر ماكدونالد
HND|Honduras|هندوراس
HRV|Croatia|كرواتيا
HTI|Haiti|هايتي
HUN|Hungary|هنغاريا
IDN|Indonesia|إندونيسيا
IMN|Isle of Man|جزيرة مان
IND|India|الهند
IOT|British Indian Ocean Territory|الإقليم البريطاني في المحيط الهندي
IRL|Ireland|أيرلندا
IRN|Iran|إيران
IRQ|Iraq|العراق
ISL|Iceland|آيسلندا
ISR|Israel|إسرائيل
ITA|Italy|إيطاليا
JAM|Jamaica|جامايكا
JEY|Jersey|جيرسي
JOR|Jordan|الأردن
JPN|Japan|اليابان
KAZ|Kazakhstan|كازاخستان
KEN|Kenya|كينيا
KGZ|Kyrgyzstan|قيرغيزستان
KHM|Cambodia|كمبوديا
KIR|Kiribati|كيريباتي
KNA|Saint Kitts and Nevis|سانت كيتس ونيفيس
KOR|South Korea|كوريا الجنوبية
KWT|Kuwait|الكويت
LAO|Laos|لاوس
LBN|Lebanon|لبنان
LBR|Liberia|ليبيريا
LBY|Libya|ليبيا
LCA|Saint Lucia|سانت لوسيا
LIE|Liechtenstein|ليختنشتاين
LKA|Sri Lanka|سريلانكا
LSO|Lesotho|ليسوتو
LTU|Lithuania|ليتوانيا
LUX|Luxembourg|لوكسمبورغ
LVA|Latvia|لاتفيا
MAC|Macao|ماكاو
MAF|Saint Martin|سان مارتن
MAR|Morocco|المغرب
MCO|Monaco|موناكو
MDA|Moldova|مولدوفا
MDG|Madagascar|مدغشقر
MDV|Maldives|جزر المالديف
MEX|Mexico|المكسيك
MHL|Marshall Islands|جزر مارشال
MKD|North Macedonia|مقدونيا الشمالية
MLI|Mali|مالي
MLT|Malta|مالطا
MMR|Myanmar|ميانمار
MNE|Montenegro|الجبل الأسود
MNG|Mongolia|منغوليا
MNP|Northern Mariana Islands|جزر ماريانا الشمالية
MOZ|Mozambique|موزمبيق
MRT|Mauritania|موريتانيا
MSR|Montserrat|مونتسرات
MTQ|Martinique|جزر المارتينيك
MUS|Mauritius|موريشيوس
MWI|Malawi|ملاوي
MYS|Malaysia|ماليزيا
MYT|Mayotte|مايوت
NAM|Namibia|ناميبيا
NCL|New Caledonia|كاليدونيا الجديدة
NER|Niger|النيجر
NFK|Norfolk Island|جزيرة نورفولك
NGA|Nigeria|نيجيريا
NIC|Nicaragua|نيكاراغوا
NIU|Niue|نيوي
NLD|Netherlands|هولندا
NOR|Norway|النرويج
NPL|Nepal|نيبال
NRU|Nauru|ناورو
NZL|New Zealand|نيوزيلندا
OMN|Oman|عمان
PAK|Pakistan|باكستان
PAN|Panama|بنما
PCN|Pitcairn Islands|جزر بيتكيرن
PER|Peru|بيرو
PHL|Philippines|الفلبين
PLW|Palau|بالاو
PNG|Papua New Guinea|بابوا غينيا الجديدة
POL|Poland|بولندا
PRI|Puerto Rico|بورتوريكو
PRK|North Korea|كوريا الشمالية
PRT|Portugal|البرتغال
PRY|Paraguay|باراغواي
PSE|Palestine|فلسطين
PYF|French Polynesia|بولينيزيا الفرنسية
QAT|Qatar|قطر
REU|Reunion|روينيون
ROU|Romania|رومانيا
RUS|Russia|روسيا
RWA|Rwanda|رواندا
SAU|Saudi Arabia|المملكة العربية السعودية
SDN|Sudan|السودان
SEN|Senegal|السنغال
SGP|Singapore|سنغافورة
SGS|South Georgia and South Sandwich Islands|جورجيا الجنوبية وجزر ساندويتش الجنوبية
SHN|Saint Helena|سانت هيلينا
SJM|Svalbard and Jan Mayen|سفالبارد وجان ماين
SLB|Solomon Islands|جزر سليمان
SLE|Sierra Leone|سيراليون
SLV|El Salvador|السلفادور
SMR|San Marino|سان مارينو
SOM|Somalia|الصومال
SPM|Saint Pierre and Miquelon|سان بيير ومكويلون
SRB|Serbia|صربيا
SSD|South Sudan|جنوب السودان
STP|Sao Tome and Principe|ساو تومي وبرينسيبي
SUR|Suriname|سورينام
SVK|Slovakia|سلوفاكيا
SVN|Slovenia|سلوفينيا
SWE|Sweden|السويد
SWZ|Eswatini|إسواتيني
SXM|Sint Maarten|سانت مارتن
SYC|Seychelles|سيشل
SYR|Syria|سوريا
TCA|Turks and Caicos Islands|جزر توركس وكايكوس
TCD|Chad|تشاد
TGO|Togo|توغو
THA|Thailand|تايلاند
TJK|Tajikistan|طاجيكستان
TKL|Tokelau|توكيلاو
TKM|Turkmenistan|تركمانستان
TLS|Timor-Leste|تيمور الشرقية
TON|Tonga|تونغا
TTO|Trinidad and Tobago|ترينيداد وتوباغو
TUN|Tunisia|تونس
TUR|Turkey|تركيا
TUV|Tuvalu|توفالو
TWN|Taiwan|تايوان
TZA|Tanzania|تنزانيا
UGA|Uganda|أوغندا
UKR|Ukraine|أوكرانيا
UMI|United States Outlying Islands|جزر الولايات المتحدة النائية
URY|Uruguay|أورغواي
USA|United States|الولايات المتحدة
UZB|Uzbekistan|أوزبكستان
VAT|Vatican City|الفاتيكان
VCT|Saint Vincent and the Grenadines|سانت فنسنت وجزر غرينادين
VEN|Venezuela|فنزويلا
VGB|British Virgin Islands|جزر فيرجن البريطانية
VIR|United States Virgin Islands|جزر فيرجن الأمريكية
VNM|Vietnam|فيتنام
VUT|Vanuatu|فانواتو
WLF|Wallis and Futuna|جزر والس وفوتونا
WSM|Samoa|ساموا
YEM|Yemen|اليمن
ZAF|South Africa|جنوب أفريقيا
ZMB|Zambia|زامبيا
ZWE|Zimbabwe|زيمبابوي"""
