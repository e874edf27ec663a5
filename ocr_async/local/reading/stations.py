"""Names of railway stations with their pinyin as tickets print it: each confirms or corrects the other.

About 900 towns; the stations of one town differ by a point of the compass (长沙南, Changshanan), which is added here.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher, get_close_matches
from functools import cache

DIRECTIONS = {"": "", "东": "dong", "南": "nan", "西": "xi", "北": "bei"}
ALIKE = 0.5
"""Share of characters that a name must have in common with what was read to be taken for it."""


ALMOST = 0.85
"""Likeness of a pinyin to one that lost or gained a letter or two."""


def stations(pinyin: str) -> frozenset[str]:
    """Return the names that are written so in pinyin; empty when the place is not known."""
    return _by_pinyin().get(pinyin.lower(), frozenset())


def corrected(name: str, pinyin: str) -> str | None:
    """Return the station that a name and its pinyin mean; None when the pinyin tells nothing about the name."""
    known = stations(pinyin)
    if name in known:
        return name
    likeness = {it: SequenceMatcher(None, name, it).ratio() for it in known if _same_side(name, it)}
    best = max(likeness, key=lambda station: likeness[station], default=None)
    return best if best and likeness[best] >= ALIKE else None


def spelled(name: str, pinyin: str) -> str | None:
    """Return the pinyin of a station where what was read is nearly that, and is the pinyin of no other; else None."""
    if stations(pinyin):
        return None
    near = get_close_matches(pinyin.lower(), [key for key, names in _by_pinyin().items() if name in names], 1, ALMOST)
    return near[0].capitalize() if near else None


def _same_side(name: str, station: str) -> bool:
    """Whether no point of the compass is at stake: a clear 南 is not to be made a 西 by a misread syllable."""
    return not (set(name) ^ set(station)) & DIRECTIONS.keys()


@cache
def _by_pinyin() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for name, pinyin in re.findall(r"([一-鿿]+)([A-Z][a-z]+)", TOWNS):
        for character, syllable in DIRECTIONS.items():
            found.setdefault(pinyin.lower() + syllable, set()).add(name + character)
    return {pinyin: frozenset(names) for pinyin, names in found.items()}


TOWNS = """
    北京Beijing 上海Shanghai 天津Tianjin 重庆Chongqing 石家庄Shijiazhuang 唐山Tangshan 秦皇岛Qinhuangdao
    邯郸Handan 邢台Xingtai 保定Baoding 张家口Zhangjiakou 承德Chengde 沧州Cangzhou 廊坊Langfang 衡水Hengshui
    定州Dingzhou 高碑店Gaobeidian 涿州Zhuozhou 正定Zhengding 任丘Renqiu 肃宁Suning 白沟Baigou 雄安Xiongan
    霸州Bazhou 滦州Luanzhou 迁安Qianan 遵化Zunhua 北戴河Beidaihe 山海关Shanhaiguan 昌黎Changli 太原Taiyuan
    大同Datong 阳泉Yangquan 长治Changzhi 晋城Jincheng 朔州Shuozhou 晋中Jinzhong 运城Yuncheng 忻州Xinzhou
    临汾Linfen 吕梁Lvliang 介休Jiexiu 平遥Pingyao 灵石Lingshi 霍州Huozhou 侯马Houma 永济Yongji 榆次Yuci
    原平Yuanping 阳高Yanggao 太谷Taigu 祁县Qixian 呼和浩特Huhehaote 包头Baotou 乌海Wuhai 赤峰Chifeng 通辽Tongliao
    鄂尔多斯Eerduosi 呼伦贝尔Hulunbeier 巴彦淖尔Bayannaoer 乌兰察布Wulanchabu 集宁Jining 海拉尔Hailaer 满洲里Manzhouli
    二连Erlian 牙克石Yakeshi 扎兰屯Zhalantun 乌兰浩特Wulanhaote 锡林浩特Xilinhaote 临河Linhe 沈阳Shenyang 大连Dalian
    鞍山Anshan 抚顺Fushun 本溪Benxi 丹东Dandong 锦州Jinzhou 营口Yingkou 阜新Fuxin 辽阳Liaoyang 盘锦Panjin
    铁岭Tieling 朝阳Chaoyang 葫芦岛Huludao 瓦房店Wafangdian 普兰店Pulandian 盖州Gaizhou 海城Haicheng 凤城Fengcheng
    绥中Suizhong 兴城Xingcheng 沟帮子Goubangzi 开原Kaiyuan 昌图Changtu 鲅鱼圈Bayuquan 长春Changchun 吉林Jilin
    四平Siping 辽源Liaoyuan 通化Tonghua 白山Baishan 松原Songyuan 白城Baicheng 延吉Yanji 图们Tumen 珲春Hunchun
    敦化Dunhua 公主岭Gongzhuling 梅河口Meihekou 德惠Dehui 蛟河Jiaohe 安图Antu 长白山Changbaishan 哈尔滨Haerbin
    齐齐哈尔Qiqihaer 鸡西Jixi 鹤岗Hegang 双鸭山Shuangyashan 大庆Daqing 伊春Yichun 佳木斯Jiamusi 七台河Qitaihe
    牡丹江Mudanjiang 黑河Heihe 绥化Suihua 绥芬河Suifenhe 加格达奇Jiagedaqi 漠河Mohe 北安Beian 五大连池Wudalianchi
    尚志Shangzhi 阿城Acheng 亚布力Yabuli 安达Anda 肇东Zhaodong 南京Nanjing 无锡Wuxi 徐州Xuzhou 常州Changzhou
    苏州Suzhou 南通Nantong 连云港Lianyungang 淮安Huaian 盐城Yancheng 扬州Yangzhou 镇江Zhenjiang 泰州Taizhou
    宿迁Suqian 昆山Kunshan 丹阳Danyang 江阴Jiangyin 张家港Zhangjiagang 常熟Changshu 太仓Taicang 溧阳Liyang
    宜兴Yixing 句容Jurong 如皋Rugao 海安Haian 东台Dongtai 新沂Xinyi 邳州Pizhou 沛县Peixian 丰县Fengxian
    砀山Dangshan 高邮Gaoyou 宝应Baoying 泰兴Taixing 靖江Jingjiang 杭州Hangzhou 宁波Ningbo 温州Wenzhou 嘉兴Jiaxing
    湖州Huzhou 绍兴Shaoxing 金华Jinhua 衢州Quzhou 舟山Zhoushan 台州Taizhou 丽水Lishui 义乌Yiwu 诸暨Zhuji 余姚Yuyao
    温岭Wenling 乐清Yueqing 瑞安Ruian 苍南Cangnan 平阳Pingyang 雁荡山Yandangshan 临海Linhai 三门Sanmen 宁海Ninghai
    奉化Fenghua 永嘉Yongjia 青田Qingtian 缙云Jinyun 武义Wuyi 永康Yongkang 江山Jiangshan 龙游Longyou 海宁Haining
    桐乡Tongxiang 嘉善Jiashan 德清Deqing 长兴Changxing 余杭Yuhang 富阳Fuyang 桐庐Tonglu 建德Jiande 千岛湖Qiandaohu
    上虞Shangyu 合肥Hefei 芜湖Wuhu 蚌埠Bengbu 淮南Huainan 马鞍山Maanshan 淮北Huaibei 铜陵Tongling 安庆Anqing
    黄山Huangshan 滁州Chuzhou 阜阳Fuyang 宿州Suzhou 六安Luan 亳州Bozhou 池州Chizhou 宣城Xuancheng 巢湖Chaohu
    全椒Quanjiao 肥东Feidong 定远Dingyuan 金寨Jinzhai 绩溪Jixi 旌德Jingde 泾县Jingxian 祁门Qimen 水家湖Shuijiahu
    潜山Qianshan 太湖Taihu 庐江Lujiang 无为Wuwei 凤阳Fengyang 明光Mingguang 福州Fuzhou 厦门Xiamen 莆田Putian
    三明Sanming 泉州Quanzhou 漳州Zhangzhou 南平Nanping 龙岩Longyan 宁德Ningde 福鼎Fuding 霞浦Xiapu 福安Fuan
    罗源Luoyuan 连江Lianjiang 福清Fuqing 涵江Hanjiang 仙游Xianyou 惠安Huian 晋江Jinjiang 漳浦Zhangpu 云霄Yunxiao
    诏安Zhaoan 武夷山Wuyishan 建瓯Jianou 永安Yongan 邵武Shaowu 泰宁Taining 建宁Jianning 将乐Jiangle 沙县Shaxian
    尤溪Youxi 永泰Yongtai 长汀Changting 冠豸山Guanzhishan 古田Gutian 南昌Nanchang 景德镇Jingdezhen 萍乡Pingxiang
    九江Jiujiang 新余Xinyu 鹰潭Yingtan 赣州Ganzhou 吉安Jian 宜春Yichun 抚州Fuzhou 上饶Shangrao 井冈山Jinggangshan
    婺源Wuyuan 德兴Dexing 玉山Yushan 弋阳Yiyang 贵溪Guixi 余干Yugan 向塘Xiangtang 樟树Zhangshu 丰城Fengcheng
    高安Gaoan 瑞昌Ruichang 庐山Lushan 共青城Gongqingcheng 定南Dingnan 龙南Longnan 南康Nankang 泰和Taihe 万安Wanan
    瑞金Ruijin 于都Yudu 会昌Huichang 济南Jinan 青岛Qingdao 淄博Zibo 枣庄Zaozhuang 东营Dongying 烟台Yantai
    潍坊Weifang 济宁Jining 泰安Taian 威海Weihai 日照Rizhao 临沂Linyi 德州Dezhou 聊城Liaocheng 滨州Binzhou 菏泽Heze
    曲阜Qufu 滕州Tengzhou 兖州Yanzhou 章丘Zhangqiu 邹平Zouping 青州Qingzhou 高密Gaomi 胶州Jiaozhou 即墨Jimo
    莱西Laixi 莱阳Laiyang 海阳Haiyang 乳山Rushan 文登Wendeng 荣成Rongcheng 蓬莱Penglai 龙口Longkou 平度Pingdu
    诸城Zhucheng 五莲Wulian 莒南Junan 费县Feixian 平邑Pingyi 沂南Yinan 蒙阴Mengyin 邹城Zoucheng 微山Weishan
    郓城Yuncheng 梁山Liangshan 阳谷Yanggu 禹城Yucheng 平原Pingyuan 肥城Feicheng 宁阳Ningyang 薛城Xuecheng
    郑州Zhengzhou 开封Kaifeng 洛阳Luoyang 平顶山Pingdingshan 安阳Anyang 鹤壁Hebi 新乡Xinxiang 焦作Jiaozuo
    濮阳Puyang 许昌Xuchang 漯河Luohe 三门峡Sanmenxia 南阳Nanyang 商丘Shangqiu 信阳Xinyang 周口Zhoukou
    驻马店Zhumadian 济源Jiyuan 巩义Gongyi 灵宝Lingbao 兰考Lankao 民权Minquan 宁陵Ningling 虞城Yucheng
    永城Yongcheng 新郑Xinzheng 长葛Changge 临颍Linying 西平Xiping 遂平Suiping 确山Queshan 明港Minggang
    潢川Huangchuan 固始Gushi 光山Guangshan 新县Xinxian 邓州Dengzhou 西峡Xixia 方城Fangcheng 叶县Yexian
    宝丰Baofeng 汝州Ruzhou 禹州Yuzhou 淇县Qixian 汤阴Tangyin 辉县Huixian 武汉Wuhan 黄石Huangshi 十堰Shiyan
    宜昌Yichang 襄阳Xiangyang 鄂州Ezhou 荆门Jingmen 孝感Xiaogan 荆州Jingzhou 黄冈Huanggang 咸宁Xianning
    随州Suizhou 恩施Enshi 仙桃Xiantao 潜江Qianjiang 天门Tianmen 神农架Shennongjia 武昌Wuchang 汉口Hankou
    汉川Hanchuan 云梦Yunmeng 安陆Anlu 广水Guangshui 麻城Macheng 红安Hongan 枝江Zhijiang 枝城Zhicheng 当阳Dangyang
    建始Jianshi 巴东Badong 利川Lichuan 宜都Yidu 丹江口Danjiangkou 武当山Wudangshan 谷城Gucheng 枣阳Zaoyang
    赤壁Chibi 通山Tongshan 阳新Yangxin 大冶Daye 浠水Xishui 蕲春Qichun 武穴Wuxue 黄梅Huangmei 英山Yingshan
    长沙Changsha 株洲Zhuzhou 湘潭Xiangtan 衡阳Hengyang 邵阳Shaoyang 岳阳Yueyang 常德Changde 张家界Zhangjiajie
    益阳Yiyang 郴州Chenzhou 永州Yongzhou 怀化Huaihua 娄底Loudi 吉首Jishou 韶山Shaoshan 浏阳Liuyang 醴陵Liling
    攸县Youxian 茶陵Chaling 炎陵Yanling 汨罗Miluo 耒阳Leiyang 衡山Hengshan 祁阳Qiyang 祁东Qidong
    冷水江Lengshuijiang 冷水滩Lengshuitan 新化Xinhua 溆浦Xupu 芷江Zhijiang 新晃Xinhuang 靖州Jingzhou 通道Tongdao
    凤凰古城Fenghuanggucheng 古丈Guzhang 芙蓉镇Furongzhen 石门Shimen 澧县Lixian 桃源Taoyuan 汉寿Hanshou
    沅江Yuanjiang 南县Nanxian 平江Pingjiang 广州Guangzhou 韶关Shaoguan 深圳Shenzhen 珠海Zhuhai 汕头Shantou
    佛山Foshan 江门Jiangmen 湛江Zhanjiang 茂名Maoming 肇庆Zhaoqing 惠州Huizhou 梅州Meizhou 汕尾Shanwei 河源Heyuan
    阳江Yangjiang 清远Qingyuan 东莞Dongguan 中山Zhongshan 潮州Chaozhou 揭阳Jieyang 云浮Yunfu 潮汕Chaoshan
    普宁Puning 陆丰Lufeng 鲘门Houmen 惠东Huidong 坪山Pingshan 光明城Guangmingcheng 福田Futian 虎门Humen
    庆盛Qingsheng 英德Yingde 乐昌Lechang 坪石Pingshi 怀集Huaiji 广宁Guangning 三水Sanshui 阳春Yangchun 恩平Enping
    开平Kaiping 台山Taishan 阳西Yangxi 电白Dianbai 吴川Wuchuan 廉江Lianjiang 徐闻Xuwen 遂溪Suixi 龙川Longchuan
    和平Heping 兴宁Xingning 五华Wuhua 大埔Dabu 饶平Raoping 南海Nanhai 新会Xinhui 顺德Shunde 南宁Nanning
    柳州Liuzhou 桂林Guilin 梧州Wuzhou 北海Beihai 防城港Fangchenggang 钦州Qinzhou 贵港Guigang 玉林Yulin 百色Baise
    贺州Hezhou 河池Hechi 来宾Laibin 崇左Chongzuo 平南Pingnan 桂平Guiping 藤县Tengxian 岑溪Cenxi 北流Beiliu
    博白Bobai 陆川Luchuan 宾阳Binyang 隆安Longan 平果Pingguo 田东Tiandong 田阳Tianyang 金城江Jinchengjiang
    宜州Yizhou 鹿寨Luzhai 永福Yongfu 阳朔Yangshuo 恭城Gongcheng 钟山Zhongshan 三江Sanjiang 全州Quanzhou
    兴安Xingan 凭祥Pingxiang 东兴Dongxing 海口Haikou 三亚Sanya 文昌Wenchang 琼海Qionghai 博鳌Boao 万宁Wanning
    神州Shenzhou 陵水Lingshui 亚龙湾Yalongwan 儋州Danzhou 东方Dongfang 乐东Ledong 昌江Changjiang 临高Lingao
    澄迈Chengmai 成都Chengdu 自贡Zigong 攀枝花Panzhihua 泸州Luzhou 德阳Deyang 绵阳Mianyang 广元Guangyuan
    遂宁Suining 内江Neijiang 乐山Leshan 南充Nanchong 眉山Meishan 宜宾Yibin 广安Guangan 达州Dazhou 雅安Yaan
    巴中Bazhong 资阳Ziyang 西昌Xichang 峨眉山Emeishan 都江堰Dujiangyan 青城山Qingchengshan 彭州Pengzhou
    广汉Guanghan 江油Jiangyou 剑门关Jianmenguan 阆中Langzhong 蓬安Pengan 营山Yingshan 渠县Quxian 大竹Dazhu
    邻水Linshui 岳池Yuechi 武胜Wusheng 简阳Jianyang 资中Zizhong 隆昌Longchang 威远Weiyuan 富顺Fushun 兴文Xingwen
    珙县Gongxian 江安Jiangan 彭山Pengshan 青神Qingshen 犍为Qianwei 燕岗Yangang 普雄Puxiong 喜德Xide 德昌Dechang
    米易Miyi 会理Huili 盐边Yanbian 贵阳Guiyang 六盘水Liupanshui 遵义Zunyi 安顺Anshun 毕节Bijie 铜仁Tongren
    凯里Kaili 都匀Duyun 兴义Xingyi 黔西Qianxi 大方Dafang 织金Zhijin 纳雍Nayong 威宁Weining 桐梓Tongzi
    娄山关Loushanguan 息烽Xifeng 开阳Kaiyang 龙里Longli 贵定Guiding 福泉Fuquan 黄平Huangping 镇远Zhenyuan
    玉屏Yuping 三穗Sansui 从江Congjiang 榕江Rongjiang 独山Dushan 荔波Libo 关岭Guanling 普安Puan 盘州Panzhou
    仁怀Renhuai 赤水Chishui 昆明Kunming 曲靖Qujing 玉溪Yuxi 保山Baoshan 昭通Zhaotong 丽江Lijiang 普洱Puer
    临沧Lincang 楚雄Chuxiong 大理Dali 蒙自Mengzi 建水Jianshui 石屏Shiping 通海Tonghai 开远Kaiyuan 弥勒Mile
    石林Shilin 宣威Xuanwei 富源Fuyuan 师宗Shizong 罗平Luoping 广南Guangnan 富宁Funing 文山Wenshan 河口Hekou
    元江Yuanjiang 墨江Mojiang 西双版纳Xishuangbanna 磨憨Mohan 香格里拉Xianggelila 鹤庆Heqing 祥云Xiangyun 禄丰Lufeng
    南华Nanhua 漾濞Yangbi 永平Yongping 拉萨Lasa 日喀则Rikaze 那曲Naqu 林芝Linzhi 山南Shannan 当雄Dangxiong
    安多Anduo 西安Xian 铜川Tongchuan 宝鸡Baoji 咸阳Xianyang 渭南Weinan 延安Yanan 汉中Hanzhong 榆林Yulin 安康Ankang
    商洛Shangluo 华山Huashan 韩城Hancheng 蒲城Pucheng 大荔Dali 华阴Huayin 潼关Tongguan 杨陵Yangling 岐山Qishan
    眉县Meixian 凤州Fengzhou 略阳Lueyang 勉县Mianxian 城固Chenggu 洋县Yangxian 佛坪Foping 石泉Shiquan 紫阳Ziyang
    旬阳Xunyang 白河Baihe 镇安Zhenan 柞水Zhashui 绥德Suide 神木Shenmu 靖边Jingbian 定边Dingbian 子长Zizhang
    兰州Lanzhou 嘉峪关Jiayuguan 金昌Jinchang 白银Baiyin 天水Tianshui 武威Wuwei 张掖Zhangye 平凉Pingliang
    酒泉Jiuquan 庆阳Qingyang 定西Dingxi 陇南Longnan 敦煌Dunhuang 柳园Liuyuan 玉门Yumen 山丹Shandan 民乐Minyue
    临泽Linze 高台Gaotai 清水Qingshui 陇西Longxi 通渭Tongwei 秦安Qinan 甘谷Gangu 武山Wushan 岷县Minxian
    哈达铺Hadapu 宕昌Tanchang 合作Hezuo 夏河Xiahe 西宁Xining 海东Haidong 格尔木Geermu 德令哈Delingha 门源Menyuan
    大通Datong 民和Minhe 乐都Ledu 海晏Haiyan 刚察Gangcha 天峻Tianjun 乌兰Wulan 银川Yinchuan 石嘴山Shizuishan
    吴忠Wuzhong 固原Guyuan 中卫Zhongwei 中宁Zhongning 灵武Lingwu 盐池Yanchi 同心Tongxin 海原Haiyuan
    乌鲁木齐Wulumuqi 克拉玛依Kelamayi 吐鲁番Tulufan 哈密Hami 昌吉Changji 库尔勒Kuerle 阿克苏Akesu 喀什Kashi 和田Hetian
    伊宁Yining 奎屯Kuitun 石河子Shihezi 阿勒泰Aletai 北屯Beitun 塔城Tacheng 博乐Bole 精河Jinghe 霍尔果斯Huoerguosi
    阿拉山口Alashankou 库车Kuche 轮台Luntai 焉耆Yanqi 和静Hejing 鄯善Shanshan 疏勒Shule 莎车Shache 泽普Zepu
    叶城Yecheng 皮山Pishan 墨玉Moyu 于田Yutian 民丰Minfeng 且末Qiemo 若羌Ruoqiang 香港Xianggang 西九龙Xijiulong
    郑州航空港Zhengzhouhangkonggang 虹桥Hongqiao 上海虹桥Shanghaihongqiao 松江Songjiang 金山Jinshan 嘉定Jiading
    安亭Anting 通州Tongzhou 密云Miyun 怀柔Huairou 延庆Yanqing 八达岭Badaling 清河Qinghe 昌平Changping 大兴Daxing
    亦庄Yizhuang 滨海Binhai 塘沽Tanggu 军粮城Junliangcheng 武清Wuqing 蓟州Jizhou 宝坻Baodi 万州Wanzhou 涪陵Fuling
    黔江Qianjiang 永川Yongchuan 江津Jiangjin 合川Hechuan 长寿Changshou 大足Dazu 荣昌Rongchang 璧山Bishan
    铜梁Tongliang 潼南Tongnan 丰都Fengdu 垫江Dianjiang 梁平Liangping 云阳Yunyang 奉节Fengjie 巫山Wushan
    石柱Shizhu 彭水Pengshui 秀山Xiushan 武隆Wulong 綦江Qijiang 酉阳Youyang 三江县Sanjiangxian 桃村Taocun
    牟平Muping 新干Xingan 莱芜Laiwu
"""
