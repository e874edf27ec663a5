"""Common Arabic given and family names with their usual Latin spellings."""

from __future__ import annotations

from functools import cache

_NAMES = """
محمد Mohammed Mohamed Muhammad Mohammad Mohamad
أحمد Ahmed Ahmad
محمود Mahmoud Mahmood
حامد Hamed Hamid
علي Ali Aly
عمر Omar Umar
عثمان Othman Osman
حسن Hassan Hasan
حسين Hussein Hussain Husain
خالد Khalid Khaled
راشد Rashid Rashed
سعيد Saeed Said Saeid
سالم Salem Salim
سلطان Sultan
سليمان Sulaiman Suleiman Solaiman
سلمان Salman
عبدالله Abdullah Abdulla Abdallah
عبدالرحمن Abdulrahman Abdelrahman
عبدالعزيز Abdulaziz Abdelaziz
إبراهيم Ibrahim Ebrahim
إسماعيل Ismail Esmail
يوسف Yousef Yusuf Yousuf Youssef
يعقوب Yaqoub Yaqoob
موسى Mousa Musa Moosa
عيسى Issa Eisa Isa
ماجد Majid Majed
منصور Mansour Mansoor
ناصر Nasser Nasir Naser
نورة Noura Nora Noora
نور Noor Nour Nur
هدى Huda Hoda
هند Hind
مريم Maryam Mariam Mariyam Maryem
فاطمة Fatima Fatema Fatimah Fatma
عائشة Aisha Ayesha Aysha
خديجة Khadija Khadeeja
زينب Zainab Zaynab
سارة Sara Sarah
ليلى Layla Laila Leila
سلمى Salma
أمينة Amina Ameena
آمنة Amna Amena
شيخة Sheikha Shaikha
موزة Moza Mouza
شما Shamma
لطيفة Latifa Lateefa
حمد Hamad
حمدان Hamdan
حمزة Hamza
زايد Zayed Zayid
خليفة Khalifa Khaleefa
مكتوم Maktoum
طارق Tariq Tarek Tareq
طلال Talal
فيصل Faisal Faysal
فهد Fahad Fahd
فارس Fares Faris
بدر Badr Bader
جاسم Jassim Jasim Jasem
قاسم Qasim Qassim Qasem
غانم Ghanem Ghanim
صالح Saleh Salih
صلاح Salah
كريم Karim Kareem
كمال Kamal
جمال Jamal Gamal
جميلة Jamila Jameela
عادل Adel Adil
عامر Amer Aamir
أمير Amir Ameer
أنور Anwar
أسماء Asma
إيمان Iman Eman
بشير Bashir Basheer
وليد Walid Waleed
هاشم Hashim Hashem
هشام Hisham Hesham
مصطفى Mustafa Mostafa
مبارك Mubarak Mobarak
نبيل Nabil Nabeel
رشيد Rasheed
رحمن Rahman
زيد Zaid Zayd
ياسر Yasser Yasir
ياسمين Yasmin Yasmeen
"""


@cache
def _by_spelling() -> dict[str, str]:
    rows = (line.split() for line in _NAMES.split("\n") if line)
    return {spelling.casefold(): arabic for arabic, *spellings in rows for spelling in spellings}


def usual(latin: str) -> str | None:
    """Return the usual Arabic form of a name in Latin letters, None if it is not known."""
    return _by_spelling().get(latin.casefold())
